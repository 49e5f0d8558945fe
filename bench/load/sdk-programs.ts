/** Runs a client of the SDK, or better-sqlite3 alone, as a process of its own; and fills a stream for it to read. */
import { z } from 'zod';
import type { BarePlan } from '../bare/sqlite-client.js';
import type { BenchContext } from '../harness/context.js';
import { Chance } from '../workloads/chance.js';
import { newTask } from '../workloads/tasks.js';
import { LoadConnection, uuid } from './connection.js';
import type { SdkPlan, SdkReport } from './sdk-client.js';

const PER_FRAME = 128;

const reportSchema: z.ZodType<SdkReport> = z.object({
  ms: z.number(),
  cpuMs: z.number(),
  searchMs: z.number(),
  documents: z.number(),
});

export async function runSdk(context: BenchContext, plan: SdkPlan): Promise<SdkReport> {
  const program = context.bundled('load/sdk-client.cjs', [JSON.stringify(plan)]);
  const [, text = ''] = await program.output(/report (.*)\n/);
  await program.ended();
  return reportSchema.parse(JSON.parse(text));
}

/** @returns milliseconds */
export async function runBare(context: BenchContext, plan: BarePlan): Promise<number> {
  const program = context.bundled('bare/sqlite-client.cjs', [JSON.stringify(plan)]);
  const [, text = ''] = await program.output(/report (.*)\n/);
  await program.ended();
  return Number(text);
}

/** A user's own stream, written to by a client that does no more than it must. */
export class Filling {
  private readonly versions = new Map<string, number>();
  private counter = 0;

  private constructor(private readonly connection: LoadConnection) {}

  static async begin(url: string, userId: string): Promise<Filling> {
    return new Filling(await LoadConnection.open(url, userId));
  }

  /** Tasks of about 1 KB, each another. @returns their ids */
  async create(count: number): Promise<string[]> {
    const chance = new Chance(1);
    const ids = Array.from({ length: count }, () => uuid());
    await this.send(ids, (id) => {
      const { title, task } = newTask(chance);
      this.versions.set(id, 1);
      return { ...this.connection.head(id, 0), kind: 'create', title, content: task };
    });
    return ids;
  }

  /** One field of each, in order; an id may come more than once. */
  async update(ids: readonly string[]): Promise<void> {
    await this.send(ids, (id) => {
      const version = this.versions.get(id) ?? 0;
      this.versions.set(id, version + 1);
      const patch = [{ op: 'replace', path: '/estimate_hours', value: 100 + ++this.counter }];
      return { ...this.connection.head(id, version), kind: 'update', patch };
    });
  }

  end(): void {
    this.connection.close();
  }

  private async send(ids: readonly string[], mutationOf: (id: string) => object): Promise<void> {
    for (let at = 0; at < ids.length; at += PER_FRAME) {
      const mutations = ids.slice(at, at + PER_FRAME).map(mutationOf);
      const { results } = await this.connection.ask({ type: 'mutate', mutations }, 'mutation_results');
      const refused = results?.find(({ status }) => status !== 'applied');
      if (refused) throw new Error(`a change was ${refused.status}: ${refused.error?.message}`);
    }
  }
}
