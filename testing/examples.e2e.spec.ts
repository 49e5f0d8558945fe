/** Every example of EXAMPLES.md, run as it stands there against a real server, gives the output that stands there. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  blocksOf,
  chosenIds,
  Conversation,
  linesMatch,
  normalised,
  runShell,
  stepsOf,
  valueMatches,
  type ExampleBlock,
} from './examples.js';

import { startProcess } from './processes.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from './test-folders.js';

const root = path.resolve(__dirname, '..');
const DOCUMENTED_HOST = 'localhost:8080';
const markdown = readFileSync(path.join(root, 'EXAMPLES.md'), 'utf8');
const chosen = chosenIds(markdown);
const blocks = blocksOf(markdown);

let database: TestDatabase;
let folder: string;
let host: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
  // The scripts of the examples import the packages by name, as from a project that has installed them.
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(
    path.join(root, 'node_modules/@json-database-sync'),
    path.join(folder, 'node_modules/@json-database-sync'),
  );
  const server = startProcess(process.execPath, [path.join(root, 'apps/server/dist/main.js')], {
    env: { DATABASE_URL: database.url, BIND_ADDRESS: '127.0.0.1:0', DEMO_MODE: 'true', NODE_ENV: undefined },
  });
  const [, address] = await server.waitForOutput(/ready at ws:\/\/(\S+)\/ws/);
  host = address ?? '';
});
afterAll(async () => {
  await database.drop();
  await removeTestFolder(folder);
});

const here = (text: string): string => text.replaceAll(DOCUMENTED_HOST, host);
const shape = (text: string): string => normalised(text.replaceAll(host, DOCUMENTED_HOST), chosen);

const runners: Readonly<Record<string, (block: ExampleBlock) => Promise<void>>> = {
  console: async ({ lines }) => {
    const steps = stepsOf(lines, '$ ');
    const client = path.join(root, 'apps/client-cli/dist/main.js');
    const prelude = `cli() { '${process.execPath}' '${client}' "$@"; }; export SYNC_SERVER=ws://${host}/ws SYNC_WAIT=60`;
    const outputs = await runShell(
      steps.map(({ input }) => here(input)),
      prelude,
      folder,
    );
    expect(outputs).toHaveLength(steps.length);
    steps.forEach(({ input, output }, index) => {
      const expected = shape(output.join('\n')).split('\n');
      const actual = shape(outputs[index] ?? '').split('\n');
      // On a mismatch the two are compared as they are, for a message that shows them.
      if (!linesMatch(expected, actual)) expect({ input, output: actual }).toEqual({ input, output: expected });
    });
  },
  wire: async ({ lines }) => {
    const conversation = await Conversation.open(`ws://${host}/ws`);
    try {
      for (const { input, output } of stepsOf(lines, '> ')) {
        conversation.send(here(input));
        for (const line of output) {
          const expected: unknown = JSON.parse(shape(line.replace(/^< /, '')));
          const actual: unknown = JSON.parse(shape(await conversation.next()));
          if (!valueMatches(expected, actual)) expect({ input, answer: actual }).toEqual({ input, answer: expected });
        }
      }
    } finally {
      conversation.close();
    }
  },
  js: async ({ name, lines }) => writeFile(path.join(folder, name), here(lines.join('\n'))),
};

/** What needs the built package for C and C++ is run beside it, by `libs/ffi/test/package.suite.ts`. */
const RUN_ELSEWHERE = ['native', 'boards'];
/** Blocks that are there to be read: each has to be in a language that no runner could take for its own. */
const toRead = blocks.filter(({ language }) => runners[language] === undefined && !RUN_ELSEWHERE.includes(language));

describe('EXAMPLES.md', () => {
  it('has examples of every kind, and nothing unknown', async () => {
    expect(toRead.map(({ language }) => language)).toEqual(['bash']);
    const known = new Set(['bash', 'console', 'wire', 'js', ...RUN_ELSEWHERE]);
    expect(new Set(blocks.map(({ language }) => language))).toEqual(known);
    expect(await readFile(path.join(root, 'README.md'), 'utf8')).toContain('](EXAMPLES.md)');
  });

  // In the order of the file: later ones go on where earlier ones stopped.
  const numbered = blocks
    .filter(({ language }) => runners[language] !== undefined)
    .map((block, index) => ({ ...block, index }));
  it.each(numbered)('$heading ($language $index)', async (block) => {
    await runners[block.language]?.(block);
  });
});
