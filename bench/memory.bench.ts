/** What the server keeps in memory of a stream that has been used, and of a document that is in its cache. */
import { randomUUID } from 'node:crypto';
import type { Benchmark, Figure } from './harness/benchmark.js';
import type { BenchContext } from './harness/context.js';
import { PROBED, ServerMemory, type Memory } from './harness/server-memory.js';
import { WireClient } from './harness/wire-client.js';
import { Chance } from './workloads/chance.js';
import { newTask } from './workloads/tasks.js';

const STREAMS = [200, 1_200] as const;
const DOCUMENTS = [1_000, 6_000] as const;
const PER_FRAME = 100;

export const memory: Benchmark = {
  name: 'memory',
  measures: 'memory of the server for a stream that was used and a document of 1 KB in its cache',
  repeats: 3,
  run: async (context) => [
    ...figures('a stream, its user gone', await perStream(context)),
    ...figures('a document of 1 KB in the cache', await perDocument(context)),
  ],
};

function figures(what: string, { rss, heapUsed }: Memory): Figure[] {
  return [
    { what, value: rss, unit: 'KB' },
    { what: '  of it JavaScript heap', value: heapUsed, unit: 'KB' },
  ];
}

/** A user each, who has signed in, subscribed, written one small document, and gone. */
async function perStream(context: BenchContext): Promise<Memory> {
  const server = await context.server(PROBED);
  const used = new ServerMemory(server);
  let made = 0;
  for (const stop of STREAMS) {
    for (; made < stop; made++) {
      const userId = randomUUID();
      const client = await WireClient.open(server.url, userId, randomUUID());
      await client.ask({ type: 'subscribe', stream_ids: [userId] });
      await client.ask({ type: 'mutate', mutations: [creation(userId, 'small', {})] });
      await client.close();
    }
    await used.measureAt(made);
  }
  await server.stop();
  return used.each();
}

async function perDocument(context: BenchContext): Promise<Memory> {
  const server = await context.server(PROBED);
  const used = new ServerMemory(server);
  const userId = randomUUID();
  const client = await WireClient.open(server.url, userId, randomUUID());
  const chance = new Chance(1);
  let made = 0;
  for (const stop of DOCUMENTS) {
    for (; made < stop; made += PER_FRAME) {
      const mutations = Array.from({ length: PER_FRAME }, () => {
        const { title, task } = newTask(chance);
        return creation(userId, title, task);
      });
      await client.ask({ type: 'mutate', mutations });
    }
    await used.measureAt(made);
  }
  await client.close();
  await server.stop();
  return used.each();
}

function creation(streamId: string, title: string, content: object): object {
  const ids = { mutation_id: randomUUID(), stream_id: streamId, document_id: randomUUID() };
  return { ...ids, kind: 'create', title, content };
}
