/**
 * What packing costs those who write: changes a second through the server without it and beside it. The worst case is
 * measured, the command that packs as fast as it goes; a server that packs by itself rests as long as it works.
 */
import { randomFillSync, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { uuidV7 } from '@json-database-sync/domain';
import type { Figure } from '../harness/benchmark.js';
import type { BenchContext, BenchServer } from '../harness/context.js';
import { WireClient } from '../harness/wire-client.js';
import { writeTaskHistory } from '../workloads/task-history.js';

const BACKLOG = { tasks: 300, edits: 100 };
const WRITERS = 8;
const WARM_UP_MS = 1_500;
const MEASURED_MS = 4_000;

export async function packingRates(context: BenchContext, server: BenchServer): Promise<Figure[]> {
  context.say('writing beside packing');
  const backlog = randomUUID();
  await writeTaskHistory({ url: server.url, userId: backlog, ...BACKLOG });
  const writers = await Writers.start(server.url);
  try {
    await delay(WARM_UP_MS);
    const alone = await writers.rate(delay(MEASURED_MS));
    const packing = context.program('pack.js', ['--older-than-hours', '0'], { DATABASE_URL: await context.postgres() });
    const beside = await writers.rate(packing.ended());
    return [
      {
        what: `changes by ${WRITERS} writers beside packing at full speed`,
        value: beside.perSecond,
        unit: 'a second',
        reference: { what: 'without', value: alone.perSecond },
      },
      {
        what: 'packing at full speed, beside them',
        value: (BACKLOG.tasks * BACKLOG.edits) / beside.seconds,
        unit: 'events a second',
      },
    ];
  } finally {
    await writers.stop();
  }
}

/** Each waits for the answer to one change before it makes the next, on a document of its own. */
class Writers {
  private written = 0;
  private stopped = false;
  private readonly running: Promise<void>[] = [];

  static async start(url: string): Promise<Writers> {
    const writers = new Writers();
    for (let n = 0; n < WRITERS; n += 1) {
      const userId = randomUUID();
      writers.running.push(writers.write(await WireClient.open(url, userId, randomUUID()), userId));
    }
    return writers;
  }

  async rate(during: Promise<unknown>): Promise<{ perSecond: number; seconds: number }> {
    const from = { written: this.written, at: performance.now() };
    await during;
    const seconds = (performance.now() - from.at) / 1_000;
    return { perSecond: (this.written - from.written) / seconds, seconds };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private async write(client: WireClient, userId: string): Promise<void> {
    const documentId = randomUUID();
    const head = () => ({
      mutation_id: uuidV7(Date.now(), () => randomFillSync(new Uint8Array(16))),
      stream_id: userId,
      document_id: documentId,
    });
    await client.ask({
      type: 'mutate',
      mutations: [{ ...head(), kind: 'create', title: 'written', content: { n: 0 } }],
    });
    for (let version = 1; !this.stopped; version += 1) {
      const patch = [{ op: 'replace', path: '/n', value: version }];
      await client.ask({ type: 'mutate', mutations: [{ ...head(), kind: 'update', base_version: version, patch }] });
      this.written += 1;
    }
    await client.close();
  }
}
