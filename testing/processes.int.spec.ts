import { killProcesses, startProcess } from './processes.js';
import { createTestDatabase } from './test-database.js';
import { waitFor } from './wait-for.js';
import { Client } from 'pg';

const script = (source: string): [string, string[]] => [process.execPath, ['-e', source]];

describe('startProcess', () => {
  it('captures both outputs and the exit code, and passes environment and folder', async () => {
    const child = startProcess(
      ...script("console.log(process.env.COLOUR, process.cwd()); console.error('to stderr'); process.exit(3)"),
      { env: { COLOUR: 'green' }, cwd: '/' },
    );
    expect(await child.exit).toEqual({ code: 3, signal: null });
    expect(child.stdout()).toBe('green /\n');
    expect(child.stderr()).toBe('to stderr\n');
  });

  it('waits for output, takes input and signals', async () => {
    const child = startProcess(
      ...script("process.stdin.on('data', (d) => console.log('got ' + d)); console.log('up')"),
    );
    await child.waitForOutput(/^up$/m);
    child.write('42');
    expect((await child.waitForOutput(/got (\d+)/))[1]).toBe('42');
    child.signal('SIGTERM');
    expect(await child.exit).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('fails at once, with the output, when the process ends without the line waited for', async () => {
    const child = startProcess(...script("console.log('only this')"));
    await expect(child.waitForOutput(/something else/)).rejects.toThrow(
      /ended .* without \/something else\/[^]*only this/,
    );
  });

  it('tells that a program could not be started', async () => {
    await expect(startProcess('/no/such/program', []).exit).rejects.toThrow(/ENOENT/);
  });

  it('kills what is left running', async () => {
    const child = startProcess(
      ...script("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')"),
    );
    await child.waitForOutput(/up/);
    await killProcesses();
    expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('waitFor', () => {
  it('gives what the probe found', async () => {
    let asked = 0;
    expect(await waitFor('the third answer', () => (asked += 1) === 3 && 'found')).toBe('found');
  });

  it('names what it waited for and why the probe failed', async () => {
    const probe = (): never => {
      throw new Error('not there');
    };
    await expect(waitFor('a miracle', probe, { timeoutMs: 20 })).rejects.toThrow(
      'waited 20 ms in vain for a miracle (Error: not there)',
    );
  });
});

describe('createTestDatabase', () => {
  it('makes empty databases of their own and drops them under open connections', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    expect(one.url).not.toBe(two.url);
    const client = new Client({ connectionString: one.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'");
    expect(rows).toEqual([{ tables: 0 }]);
    await one.drop();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await two.drop();
    await expect(new Client({ connectionString: two.url }).connect()).rejects.toMatchObject({ code: '3D000' });
  });
});
