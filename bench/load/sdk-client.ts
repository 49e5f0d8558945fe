/**
 * A program that is one client of the SDK, on a database file of its own. Its argument is an SdkPlan as JSON; it prints
 * `report` with an SdkReport.
 */
import { performance } from 'node:perf_hooks';
import { SyncClient } from '@json-database-sync/client';
import type { JsonObject } from '@json-database-sync/domain';
import { Chance } from '../workloads/chance.js';
import { taskBook } from '../workloads/task-book.js';
import { newTask } from '../workloads/tasks.js';

export type SdkPlan =
  /** From opening the file until all that the server has is in it. */
  | { readonly kind: 'sync'; readonly url: string; readonly userId: string; readonly database: string }
  /** Updates of one field each, one after the other, with no server; documents in turn. */
  | {
      readonly kind: 'local';
      readonly database: string;
      readonly documents: number;
      /** Updates before those that are measured. */
      readonly warmUp: number;
      readonly updates: number;
      /** Where it is set, each document holds tasks of 1 KB each, so many bytes of them; else it is one task. */
      readonly contentBytes?: number;
    };

export interface SdkReport {
  readonly ms: number;
  /** CPU of this process meanwhile. */
  readonly cpuMs: number;
  /** The first search by words after it. */
  readonly searchMs: number;
  readonly documents: number;
}

const SYNC_TIMEOUT_MS = 300_000;

async function run(plan: SdkPlan): Promise<SdkReport> {
  return plan.kind === 'sync' ? synced(plan) : local(plan);
}

async function synced({ url, userId, database }: Extract<SdkPlan, { kind: 'sync' }>): Promise<SdkReport> {
  const measure = stopwatch();
  const client = await SyncClient.open({ database, url, userId, token: 'demo-token' });
  await client.synced({ timeoutMs: SYNC_TIMEOUT_MS });
  return finished(client, measure());
}

async function local(plan: Extract<SdkPlan, { kind: 'local' }>): Promise<SdkReport> {
  const client = await SyncClient.open({ database: plan.database });
  const chance = new Chance(1);
  const ids: string[] = [];
  for (let n = 0; n < plan.documents; n++) {
    const { title, task } = newTask(chance);
    const content = plan.contentBytes === undefined ? { ...task } : bookContent(plan.contentBytes);
    ids.push((await client.documents.create({ title, content })).id);
  }
  let measure = stopwatch();
  for (let n = 0; n < plan.warmUp + plan.updates; n++) {
    if (n === plan.warmUp) measure = stopwatch();
    const value = 100 + n;
    const patch = [{ op: 'replace' as const, path: '/tasks/0/estimate_hours', value }];
    const change = plan.contentBytes === undefined ? { merge: { estimate_hours: value } } : { patch };
    await client.documents.update(ids[n % ids.length] ?? '', change);
  }
  return finished(client, measure());
}

/** As plain JSON, which is what the SDK takes. */
function bookContent(bytes: number): JsonObject {
  const { name, tasks } = taskBook(bytes);
  return { name, tasks: tasks.map((task) => ({ ...task, checklist: task.checklist.map((item) => ({ ...item })) })) };
}

async function finished(client: SyncClient, taken: Pick<SdkReport, 'ms' | 'cpuMs'>): Promise<SdkReport> {
  const measure = stopwatch();
  client.documents.search('invoice report');
  const searchMs = measure().ms;
  const documents = client.documents.count();
  await client.close();
  return { ...taken, searchMs, documents };
}

function stopwatch(): () => Pick<SdkReport, 'ms' | 'cpuMs'> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1_000 };
  };
}

run(JSON.parse(process.argv[2] ?? '') as SdkPlan).then(
  (report) => {
    process.stdout.write(`report ${JSON.stringify(report)}\n`, () => process.exit(0));
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
