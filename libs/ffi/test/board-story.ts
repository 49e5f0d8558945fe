/**
 * Plays a story of EXAMPLES.md: task boards in C++ and the terminal client, line by line, word for word.
 *
 * - `NAME$ COMMAND` starts a board; `cli$ COMMAND` runs the terminal client, whose output follows;
 * - `NAME> TEXT` is typed into a board, once all boards have printed what stands above it;
 * - `NAME: TEXT` is a line that it prints. Nothing else may be printed, and each board has to end well.
 */
import { normalised, runShell } from '../../../testing/examples.js';
import type { TestProcess } from '../../../testing/processes.js';
import { waitFor } from '../../../testing/wait-for.js';

export interface Stage {
  /** Where commands run. */
  readonly folder: string;
  /** What a shell has to know before a command of the terminal client. */
  readonly prelude: string;
  start(command: string): TestProcess;
}

interface Board {
  readonly process: TestProcess;
  printed: string;
}

const LINE = /^(\w+)([$>:]) ?(.*)$/;

export async function playStory(lines: readonly string[], stage: Stage): Promise<void> {
  const boards = new Map<string, Board>();
  let client: { printed: string; expected: string } | undefined;
  const settled = async (): Promise<void> => {
    for (const [name, board] of boards) await hasPrinted(name, board);
    if (client) expect(normalised(client.printed, NO_IDS)).toBe(normalised(client.expected, NO_IDS));
    client = undefined;
  };
  for (const line of lines) {
    const [, name = '', kind = '', text = ''] = LINE.exec(line) ?? [];
    const board = boards.get(name);
    if (kind === ':' && name === 'cli' && client) client.expected += `${text}\n`;
    else if (kind === ':' && board) board.printed += `${text}\n`;
    else if (kind === '$' && name === 'cli') {
      await settled();
      const [printed = ''] = await runShell([text], stage.prelude, stage.folder);
      client = { printed, expected: '' };
    } else if (kind === '$') {
      await settled();
      boards.set(name, { process: stage.start(text), printed: '' });
    } else if (kind === '>' && board) {
      await settled();
      board.process.write(`${text}\n`);
    } else throw new Error(`a line that nobody understands: ${line}`);
  }
  await settled();
  for (const [name, { process, printed }] of boards) {
    const { code } = await process.exit;
    const ended = { name, code, stderr: process.stderr(), stdout: process.stdout() };
    expect(ended).toEqual({ name, code: 0, stderr: '', stdout: printed });
  }
}

const NO_IDS: ReadonlySet<string> = new Set();

/** Whatever it prints beside that is seen here, or the next time. */
async function hasPrinted(name: string, { process, printed }: Board): Promise<void> {
  await waitFor(`${name} to print`, () => process.stdout().length >= printed.length).catch(() => undefined);
  expect({ name, printed: process.stdout() }).toEqual({ name, printed });
}
