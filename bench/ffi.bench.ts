/**
 * The C ABI from C++: what a call costs beside an empty echo over the same kind of socket pair, and a durable creation beside
 * the SDK's own in Node plus one such echo. Built with `npm run ffi:build` first.
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
  echo_rate: z.number(),
  one: z.number(),
  eight: z.number(),
  events: z.number(),
});
const sdkSchema = z.object({ p50: z.number(), p99: z.number() });

export const ffi: Benchmark = {
  name: 'ffi',
  measures: 'calls of the C ABI from C++, beside an empty echo over a socket pair and the SDK in Node',
  repeats: 3,
  run: measure,
};

async function measure(context: BenchContext): Promise<Figure[]> {
  await run('npm', ['run', '--silent', 'ffi:build']);
  await run('make', ['-C', join(FFI, 'test'), 'BUILD=release', 'bench']);
  const sdk = await creates(context, 'before');
  const native = await callsFromCpp(context);
  const again = await creates(context, 'after');
  // Once before and once after, and the better one counts: what disturbs one of them is not to make the limit looser.
  const sdkP50 = Math.min(sdk.p50, again.p50);
  context.say(`echo ${native.echo_p50} us, get ${native.get_p50} us, create ${native.create_p50} us, SDK ${sdkP50} us`);
  const echo = (value: number) => ({ what: 'empty echo', value });
  return [
    { what: 'a document read, p50', value: native.get_p50, unit: 'us', reference: echo(native.echo_p50) },
    { what: '  p99', value: native.get_p99, unit: 'us', reference: echo(native.echo_p99) },
    { what: 'reads from 1 thread', value: native.one, unit: 'a second', reference: echo(native.echo_rate) },
    { what: 'reads from 8 threads', value: native.eight, unit: 'a second', reference: echo(native.echo_rate) },
    {
      what: 'a durable creation, p50',
      value: native.create_p50,
      unit: 'us',
      reference: { what: 'SDK in Node + echo', value: sdkP50 + native.echo_p50 },
      target: { atMost: 1.5 },
    },
    { what: '  p99', value: native.create_p99, unit: 'us' },
    { what: 'events of creations by 8 threads', value: native.events, unit: 'a second' },
  ];
}

async function creates(context: BenchContext, name: string): Promise<z.infer<typeof sdkSchema>> {
  const database = join(context.folder, `${name}.sqlite3`);
  const program = context.bundled('load/durable-creates.cjs', [database, String(CREATES)]);
  const [, text = ''] = await program.output(/report (.*)\n/);
  await program.ended();
  return sdkSchema.parse(JSON.parse(text));
}

async function callsFromCpp(context: BenchContext): Promise<z.infer<typeof nativeSchema>> {
  const host = join(FFI, 'build/host/sync-engine-host.cjs');
  const echo = 'bench/dist/bare/echo-host.cjs';
  const { stdout } = await run(
    join(FFI, 'build/release/test/engine-bench'),
    [context.folder, String(CALLS), String(CREATES), process.execPath, echo],
    { env: { ...process.env, SYNC_ENGINE_HOST: host } },
  );
  return nativeSchema.parse(JSON.parse(stdout));
}
