/**
 * The same work through ShareDB and Hocuspocus, both on PostgreSQL, and through this server, in one run: documents of 1 KB,
 * updates of one field by 1, 8 and 32 writers who wait, a change to the last of 100 readers, and 10,000 documents
 * pulled (the target: 4 x ShareDB at 32 writers). What an acknowledgment promises is not the same: each row says it.
 *
 * The peers are in bench/peers, with dependencies and a lock file of their own, and are installed by this benchmark alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext, BenchServer } from './harness/context.js';
import { cpuText, type CpuShares } from './harness/cpu.js';
import { WireClient } from './harness/wire-client.js';
import { WARM_MS, loadAt, warm } from './load/run-load.js';
import { readersOn } from './load/run-readers.js';
import { Filling } from './load/sdk-programs.js';

const WINDOW = { warmUpMs: 1_000, measureMs: 2_000 };
const WRITERS = [1, 8, 32] as const;
const WRITING = { inFlight: 1, documentsEach: 1, streams: 'own', contentBytes: 1_024 } as const;
const READING = { readers: 100, updatesPerSecond: 20 } as const;
const DOCUMENTS = 10_000;

const PEERS = [
  { name: 'sharedb', title: 'ShareDB 5.2, PostgreSQL', promises: 'committed', target: { atLeast: 4 } },
  { name: 'hocuspocus', title: 'Hocuspocus 3.4, PostgreSQL', promises: 'in memory, stored 2 s later' },
] as const;
const OURS = 'this server (committed)';

/** What one of them reached. */
interface Measured {
  /** A second, by the number of writers. */
  readonly writes: ReadonlyMap<number, number>;
  readonly cpu: CpuShares | undefined;
  readonly p50: number;
  readonly p95: number;
  readonly pulled: number;
}

export const peers: Benchmark = {
  name: 'peers',
  measures: 'the same work through ShareDB and Hocuspocus on PostgreSQL; what of them is missing is installed',
  repeats: 3,
  run: async (context) => {
    await install(context);
    const ours = await measureOurs(context);
    const figures: Figure[] = figuresOf(OURS, ours);
    for (const peer of PEERS) {
      const measured = await measurePeer(context, peer.name);
      const target = 'target' in peer ? { target: peer.target, goal: 1 } : {};
      figures.push(...figuresOf(`${peer.title} (${peer.promises})`, measured));
      figures.push(...comparison(peer.title, ours, measured, target));
    }
    return figures;
  },
};

function figuresOf(who: string, { writes, p50, p95, pulled, cpu }: Measured): Figure[] {
  const acknowledged = [...writes].map(([writers, value]): Figure => ({
    what: `${who}: ${writers} ${writers === 1 ? 'writer' : 'writers'}`,
    value,
    unit: 'a second',
    point: { plot: 'peers', series: who.replace(/, PostgreSQL|, stored.*?(?=\))/g, ''), x: writers },
    ...(writers === Math.max(...WRITERS) && cpu && { cpu }),
  }));
  return [
    ...acknowledged,
    { what: `${who}: a change to the last of 100 readers, p50`, value: p50, unit: 'ms' },
    { what: `${who}: the same, p95`, value: p95, unit: 'ms' },
    { what: `${who}: documents pulled`, value: pulled, unit: 'a second' },
  ];
}

function comparison(title: string, ours: Measured, peer: Measured, target: Pick<Figure, 'target' | 'goal'>): Figure[] {
  const most = Math.max(...WRITERS);
  const [value, theirs] = [ours.writes.get(most) ?? 0, peer.writes.get(most) ?? 0];
  return [
    {
      what: `${most} writers, beside ${title}`,
      value,
      unit: 'a second',
      reference: { what: title, value: theirs },
      ...target,
    },
  ];
}

async function measureOurs(context: BenchContext): Promise<Measured> {
  const window = context.window(WINDOW);
  const writes = new Map<number, number>();
  let cpu: CpuShares | undefined;
  const server = await context.server();
  await warm(context, server);
  for (const writers of WRITERS) {
    const result = await loadAt(context, server, { ...WRITING, ...window, writers });
    writes.set(writers, result.acknowledgedPerSecond);
    cpu = result.cpu;
  }
  const pulled = await pullOurs(server);
  // It stops the server.
  const { latencyMs } = await readersOn(context, server, { ...READING, ...window });
  const measured = { writes, cpu, ...latencyMs, pulled };
  context.say(`${OURS}: ${told(measured)}`);
  return measured;
}

/** As the peers are asked: over the wire, not into a database. */
async function pullOurs(server: BenchServer): Promise<number> {
  const userId = randomUUID();
  const filling = await Filling.begin(server.url, userId);
  await filling.create(DOCUMENTS);
  filling.end();
  const reader = await WireClient.open(server.url, userId, randomUUID());
  const began = performance.now();
  let count = 0;
  for (let cursor: unknown = undefined; cursor !== null;) {
    const page = await reader.ask({ type: 'get_snapshot', stream_id: userId, ...(cursor !== undefined && { cursor }) });
    if (Array.isArray(page['documents'])) count += page['documents'].length;
    cursor = page['cursor'] ?? null;
  }
  const seconds = (performance.now() - began) / 1_000;
  if (count !== DOCUMENTS) throw new Error(`${count} of ${DOCUMENTS} documents came`);
  await reader.close();
  return count / seconds;
}

const reportSchema = z.object({ seconds: z.number(), count: z.number(), p50: z.number(), p95: z.number() });
type Report = z.infer<typeof reportSchema>;

async function measurePeer(context: BenchContext, peer: (typeof PEERS)[number]['name']): Promise<Measured> {
  const server = await context.peer(`${peer}-server.mjs`, {
    DATABASE_URL: await context.database(`${peer}_${randomUUID().slice(0, 8)}`),
  });
  const run = async (plan: object): Promise<Report & { cpu: CpuShares }> => {
    const whole = JSON.stringify({ peer, url: server.url, ...context.window(WINDOW), ...plan });
    const load = context.start('bench/peers/load.mjs', [whole], {});
    await load.output(/measuring/);
    const watched = context.watch(server.pid);
    const [, text = ''] = await load.output(/report (.*)\n/);
    const cpu = watched();
    await load.ended();
    return { ...reportSchema.parse(JSON.parse(text)), cpu };
  };
  try {
    const writes = new Map<number, number>();
    let cpu: CpuShares | undefined;
    for (const writers of [32, 1]) await run({ kind: 'write', writers, warmUpMs: 0, measureMs: WARM_MS });
    for (const writers of WRITERS) {
      const result = await run({ kind: 'write', writers });
      writes.set(writers, result.count / result.seconds);
      cpu = result.cpu;
    }
    const { p50, p95 } = await run({ kind: 'fan-out', ...READING });
    const pulled = await run({ kind: 'pull', documents: DOCUMENTS });
    const measured = { writes, cpu, p50, p95, pulled: pulled.count / pulled.seconds };
    context.say(`${peer}: ${told(measured)}`);
    return measured;
  } finally {
    await server.stop();
  }
}

function told({ writes, p50, p95, pulled, cpu }: Measured): string {
  const rates = [...writes].map(([writers, rate]) => `${Math.round(rate)}/s by ${writers}`).join(', ');
  const fanOut = `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`;
  return `${rates}; ${fanOut}; ${Math.round(pulled)} documents/s${cpu ? `; ${cpuText(cpu)}` : ''}`;
}

async function install({ options: { root, say } }: BenchContext): Promise<void> {
  const folder = join(root, 'bench/peers');
  if (existsSync(join(folder, 'node_modules/sharedb'))) return;
  say('installing the peers');
  const npm = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  const [code] = (await once(npm, 'close')) as [number | null];
  if (code !== 0) throw new Error(`npm ci in ${folder} has failed`);
}
