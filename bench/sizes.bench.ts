/**
 * What one changed field costs in documents of 1 KB, 20 KB and 1 MB (target 12): on the wire, in the log, in CPU, in what
 * PostgreSQL has to write. Each document is a list of tasks; the change is one number in the first of them. What goes with the
 * change has a target; what goes with the document has none, and the table shows by how much it grows.
 */
import { join } from 'node:path';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { loadAt, warm } from './load/run-load.js';
import { runSdk } from './load/sdk-programs.js';

const WINDOW = { warmUpMs: 1_000, measureMs: 3_000 };
const LOAD = { writers: 4, inFlight: 1, documentsEach: 1, streams: 'own', tasks: true } as const;
const SIZES = [
  { name: '1 KB', contentBytes: 500, localUpdates: 1_000 },
  { name: '20 KB', contentBytes: 20_000, localUpdates: 500 },
  { name: '1 MB', contentBytes: 1_000_000, localUpdates: 30 },
] as const;
const LOCAL_DOCUMENTS = 2;

/** Of one change. */
interface Cost {
  readonly wireBytes: number;
  readonly eventBytes: number;
  readonly serverMs: number;
  readonly postgresMs: number;
  readonly walBytes: number;
  readonly sdkMs: number;
}

/** In the order of the table. Sequence numbers and versions have more digits in a longer run: hence not quite 1. */
const MEASURED: readonly (readonly [key: keyof Cost, what: string, unit: string, withTheChange: boolean])[] = [
  ['wireBytes', 'frames of a change and its answer', 'bytes', true],
  ['eventBytes', 'its event, as a row', 'bytes', true],
  ['serverMs', "CPU of the server's process", 'ms', false],
  ['postgresMs', 'CPU of PostgreSQL', 'ms', false],
  ['walBytes', 'written ahead by PostgreSQL, page images included', 'bytes', false],
  ['sdkMs', 'CPU of a client that makes it offline', 'ms', false],
];

export const sizes: Benchmark = {
  name: 'sizes',
  measures: 'what one changed field costs in documents of 1 KB, 20 KB and 1 MB',
  repeats: 1,
  run: async (context) => {
    const costs: Cost[] = [];
    for (const size of SIZES) costs.push(await costOf(context, size));
    return MEASURED.flatMap(([key, what, unit, withTheChange]) =>
      costs.map((cost, index): Figure => {
        const figure = { what: `${SIZES[index]?.name}: ${what}`, value: cost[key], unit };
        if (index === 0) return figure;
        const reference = { what: `in a document of ${SIZES[0].name}`, value: costs[0]?.[key] ?? Number.NaN };
        return { ...figure, reference, ...(withTheChange && { target: { atMost: 1.1 }, goal: 12 }) };
      }),
    );
  },
};

async function costOf(
  context: BenchContext,
  { name, contentBytes, localUpdates }: (typeof SIZES)[number],
): Promise<Cost> {
  const database = await context.database(`of_${contentBytes}`);
  const server = await context.server({ DATABASE_URL: database, HISTORY_PACK_AFTER_HOURS: '1000000' });
  const window = context.window(WINDOW);
  await warm(context, server);
  let before = { wal: 0, updates: 0 };
  const load = await loadAt(context, server, { ...LOAD, contentBytes, ...window }, async () => {
    before = await position(context, database);
  });
  const after = await position(context, database);
  await server.stop();
  const [event] = await context.query<{ bytes: string }>(
    `SELECT avg(pg_column_size(e.*)) AS bytes FROM events e JOIN documents d ON d.stream_id = e.stream_id AND d.id = e.document_id
      WHERE e.type = 'update' AND d.content ? 'tasks'`,
    [],
    database,
  );
  const changes = after.updates - before.updates;
  const { acknowledged, seconds, bytes, cpu } = load;
  const local = await runSdk(context, {
    kind: 'local',
    warmUp: 0,
    database: join(context.folder, `local-${contentBytes}.sqlite`),
    documents: LOCAL_DOCUMENTS,
    updates: localUpdates,
    contentBytes,
  });
  const cost: Cost = {
    wireBytes: (bytes.sent + bytes.received) / acknowledged,
    eventBytes: Number(event?.bytes),
    serverMs: (cpu.server * seconds * 1_000) / acknowledged,
    postgresMs: (cpu.postgres * seconds * 1_000) / acknowledged,
    walBytes: (after.wal - before.wal) / changes,
    sdkMs: local.cpuMs / localUpdates,
  };
  const told = MEASURED.map(([key]) => `${key} ${cost[key].toPrecision(3)}`);
  context.say(`${name}: ${Math.round(load.acknowledgedPerSecond)} changes/s; a change: ${told.join(', ')}`);
  return cost;
}

/** How much PostgreSQL has written ahead so far, and how many updates of documents are in the log. */
async function position(context: BenchContext, database: string): Promise<{ wal: number; updates: number }> {
  const [row] = await context.query<{ wal: string; updates: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, count(*) FILTER (WHERE type = 'update') AS updates FROM events`,
    [],
    database,
  );
  return { wal: Number(row?.wal), updates: Number(row?.updates) };
}
