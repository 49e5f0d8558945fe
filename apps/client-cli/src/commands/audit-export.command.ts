/** `audit export`: the log of a stream into a file, whole or not at all, or onto standard output. */
import { LIMITS, auditHeaderSchema, parseJson } from '@json-database-sync/domain';
import { resolve } from 'node:path';
import { EXIT } from '../exit-codes.js';
import { writeWhole } from '../files/atomic-file.js';
import { AuditApi } from '../http/audit-api.js';
import { progressBar, type ProgressBar } from '../output/progress-bar.js';
import { readExportOptions } from '../settings/audit-options.js';
import { safeText } from '../text/plain-text.js';
import { selected } from './audit.command.js';
import { stoppable, type PlainAction, type PlainContext } from './stoppable.js';

export function auditExportCommand(options: Readonly<Record<string, unknown>>): PlainAction {
  const { format, out, ...selection } = readExportOptions(options);
  return (context) =>
    stoppable(context, async (signal) => {
      const { output } = context;
      const api = new AuditApi(context.settings);
      const { streamId, parameters } = await selected(context, api, selection);
      const bytes = api.export(streamId, { ...parameters, format }, signal);
      // On a terminal, the lines are progress enough.
      const progress = out === undefined && output.io.stdout.isTerminal ? null : progressBar(output.io);
      try {
        const told = observed(bytes, format, progress);
        if (out === undefined) await print(context, told);
        else await writeWhole(resolve(output.io.folder, out), told);
      } finally {
        progress?.end();
      }
      if (out !== undefined) output.note(`written to ${out}`);
      return EXIT.ok;
    });
}

async function print({ output }: PlainContext, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const { stdout } = output.io;
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    stdout.write(stdout.isTerminal ? safeText(text) : text);
    await stdout.drained();
  }
}

const NEWLINE = 10;
/** The header and the beginning of a line are short. */
const LOOKED_AT = 2_000;

/**
 * The same bytes, with the progress told: lines that have come, of how many the header of JSON lines promises. An export
 * that is narrowed down may end sooner.
 */
async function* observed(
  bytes: AsyncIterable<Uint8Array>,
  format: 'jsonl' | 'csv',
  progress: ProgressBar | null,
): AsyncGenerator<Uint8Array> {
  let beginning = '';
  let total: number | undefined;
  let lines = -1;
  for await (const chunk of bytes) {
    if (total === undefined && format === 'jsonl' && beginning.length < LOOKED_AT) {
      beginning += Buffer.from(chunk).toString('latin1').slice(0, LOOKED_AT);
      total = totalIn(beginning);
    }
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    progress?.update(Math.max(0, lines), total);
    yield chunk;
  }
}

function totalIn(beginning: string): number | undefined {
  const [line = '', ...rest] = beginning.split('\n');
  if (rest.length === 0) return undefined;
  const parsed = parseJson(line, { maxDepth: LIMITS.frameDepth });
  const header = auditHeaderSchema.safeParse(parsed.ok ? parsed.value : null);
  return header.success && header.data.filter === null
    ? header.data.head_sequence - header.data.after_sequence
    : undefined;
}
