/** `npm run demo` as a person runs it: it tells its story, checks every claim, and leaves nothing behind. */
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProcess, type TestProcess } from '../../../testing/processes.js';
import { TEST_FOLDER_PREFIX, removeTestFolder } from '../../../testing/test-folders.js';

const DEMO = path.resolve(__dirname, '../dist/demo/main.js');
const CLAIMS = 40;
const PATIENCE = { timeoutMs: 240_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
  // As root the server gives PostgreSQL to another user, who has to get there.
  await chmod(folder, 0o755);
});
afterEach(() => removeTestFolder(folder));

function startDemo(): TestProcess {
  return startProcess(process.execPath, [DEMO], { env: { TMPDIR: folder, FORCE_COLOR: undefined }, ownGroup: true });
}

test(
  'every claim of the story holds',
  async () => {
    const demo = startDemo();
    await demo.waitForOutput(/All \d+ claims/, PATIENCE);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout().match(/✓/g)).toHaveLength(CLAIMS);
    expect(demo.stdout()).toContain(`All ${CLAIMS} claims were checked and hold.`);
    for (const unwanted of ['✗', '\u001b']) expect(demo.stdout()).not.toContain(unwanted);
    expect(demo.stderr()).toBe('');
    expect(await readdir(folder)).toEqual([]);
  },
  PATIENCE.timeoutMs,
);

test(
  'Ctrl-C stops it, and leaves nothing behind',
  async () => {
    const demo = startDemo();
    await demo.waitForOutput(/2\. Apart/, PATIENCE);
    demo.signalGroup('SIGINT');
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout()).not.toContain('claims were checked');
    expect(await readdir(folder)).toEqual([]);
  },
  PATIENCE.timeoutMs,
);
