/**
 * The C ABI from C++: what a call costs beside an empty echo over the same kind of socket pair, and a durable creation beside
 * the SDK's own in Node plus one such echo. One program in C++ measures all of them in turn, a slice at a time.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';

const run = promisify(execFile);
const CALLS = 20_000;
const CREATES = 2_000;
const FFI = 'libs/ffi';

const nativeSchema = z.object({
  echo_p50: z.number(),
  echo_p99: z.number(),
  get_p50: z.number(),
  get_p99: z.number(),
  create_p50: z.number(),
  create_p99: z.number(),
  sdk_create_p50: z.number(),
  echo_rate: z.number(),
  one: z.number(),
  eight: z.number(),
  events: z.number(),
});

export const ffi: Benchmark = {
  name: 'ffi',
  measures: 'calls of the C ABI from C++, beside an empty echo over a socket pair and the SDK in Node',
  repeats: 3,
  run: measure,
};

async function measure(context: BenchContext): Promise<Figure[]> {
  await run('npm', ['run', '--silent', 'ffi:build']);
  await run('make', ['-C', join(FFI, 'test'), 'BUILD=release', 'bench']);
  const native = await callsFromCpp(context);
  const { echo_p50, get_p50, create_p50, sdk_create_p50 } = native;
  context.say(`echo ${echo_p50} us, get ${get_p50} us, create ${create_p50} us, SDK ${sdk_create_p50} us`);
  const echo = (value: number) => ({ what: 'empty echo', value });
  return [
    { what: 'a document read, p50', value: get_p50, unit: 'us', reference: echo(echo_p50) },
    { what: '  p99', value: native.get_p99, unit: 'us', reference: echo(native.echo_p99) },
    { what: 'reads from 1 thread', value: native.one, unit: 'a second', reference: echo(native.echo_rate) },
    { what: 'reads from 8 threads', value: native.eight, unit: 'a second', reference: echo(native.echo_rate) },
    {
      what: 'a durable creation, p50',
      value: create_p50,
      unit: 'us',
      reference: { what: 'SDK in Node + echo', value: sdk_create_p50 + echo_p50 },
      target: { atMost: 1.5 },
    },
    { what: '  p99', value: native.create_p99, unit: 'us' },
    { what: 'events of creations by 8 threads', value: native.events, unit: 'a second' },
  ];
}

async function callsFromCpp(context: BenchContext): Promise<z.infer<typeof nativeSchema>> {
  const host = join(FFI, 'build/host/sync-engine-host.cjs');
  const [echo, sdk] = ['bench/dist/bare/echo-host.cjs', 'bench/dist/load/durable-creates.cjs'];
  const { stdout } = await run(
    join(FFI, 'build/release/test/engine-bench'),
    [context.folder, String(CALLS), String(CREATES), process.execPath, echo, sdk],
    { env: { ...process.env, SYNC_ENGINE_HOST: host } },
  );
  return nativeSchema.parse(JSON.parse(stdout));
}
