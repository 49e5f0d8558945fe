/**
 * Runs the test program in C++ with a real server at hand and does what its cases order: take the server away, bring it
 * back, look at what it says. A case that the program did not come to has failed.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestServer } from '../../../apps/client-cli/test/running-cli.js';
import { waitFor } from '../../../testing/wait-for.js';
import { builtFile, FFI, HOST, type Build } from './native-build.js';

/** The names of all cases, as they stand in the sources. */
export function nativeCases(): string[] {
  const folder = resolve(FFI, 'test');
  const sources = readdirSync(folder).filter((name) => name.endsWith('_test.cpp'));
  return sources.flatMap((name) => {
    const text = readFileSync(resolve(folder, name), 'utf8');
    return [...text.matchAll(/^TEST_CASE\("([^"]+)"\)/gm)].map(([, found = '']) => found);
  });
}

export interface NativeRun {
  readonly passed: ReadonlySet<string>;
  readonly failed: ReadonlyMap<string, string>;
  readonly code: number | null;
  readonly signal: string | null;
  /** What the sanitizers and the hosts said. */
  readonly stderr: string;
}

const SANITIZERS = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=0:exitcode=66',
};

/** Which build is run, and what runs it where it does not run by itself. */
export interface NativeProgram {
  readonly build: Build;
  readonly under?: readonly string[];
}

export async function runNative(
  { build, under = [] }: NativeProgram,
  server: TestServer,
  folder: string,
  cases: readonly string[],
): Promise<NativeRun> {
  const [command = '', ...words] = [...under, builtFile(build, 'test/engine-test'), ...cases];
  const child = spawn(command, words, {
    env: { ...process.env, ...SANITIZERS, TEST_SERVER: server.url, TEST_FOLDER: folder, SYNC_ENGINE_HOST: HOST },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const passed = new Set<string>();
  const failed = new Map<string, string>();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = new Promise<{ code: number | null; signal: string | null }>((done, broken) => {
    child.once('close', (code, signal) => done({ code, signal }));
    child.once('error', broken);
  });
  for await (const line of createInterface(child.stdout)) {
    const [, kind, rest = ''] = /^(passed|failed|order) (.*)$/.exec(line) ?? [];
    if (kind === 'passed') passed.add(rest);
    const [, name = rest, reason = ''] = /^([^:]+: [^:]+): (.*)$/.exec(rest) ?? [];
    if (kind === 'failed') failed.set(name, reason);
    if (kind !== 'order') continue;
    const outcome = await carryOut(rest, server).then(
      () => 'done',
      (error: unknown) => `failed: ${String(error)}`,
    );
    child.stdin.write(`${outcome}\n`);
  }
  return { passed, failed, stderr, ...(await closed) };
}

async function carryOut(order: string, server: TestServer): Promise<void> {
  if (order === 'server down') return server.kill();
  if (order === 'server up') return server.restart();
  const [, user, strategy] = /^strategy of (\S+) is (\S+)$/.exec(order) ?? [];
  if (user === undefined || strategy === undefined) throw new Error(`an order that nobody knows: ${order}`);
  const headers = { authorization: 'Bearer demo-token', 'x-user-id': user };
  await waitFor(`the strategy ${strategy}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/streams`, { headers });
    return (await answer.text()).includes(`"strategy":"${strategy}"`);
  });
}
