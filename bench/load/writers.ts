/**
 * A program that writes: N connections, each with a number of updates unanswered. Its argument is a WriterPlan as JSON; it
 * prints `measuring` when the warm-up is over, and at the end `report` with a WriterReport.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { taskBook } from '../workloads/task-book.js';
import { LoadConnection, uuid } from './connection.js';
import { Writer, type Slot } from './writer.js';

export interface WriterPlan {
  readonly url: string;
  readonly writers: number;
  /** Requests that each writer has unanswered. */
  readonly inFlight: number;
  /** Documents that each writer goes through in turn. */
  readonly documentsEach: number;
  /**
   * Each writer in a stream of its own; or all in one user's stream, each on documents of its own; or all on one document,
   * each on a field of its own.
   */
  readonly streams: 'own' | 'one' | 'one document';
  /** Of each document as JSON: a text and little else, or, where `tasks` is set, tasks of 1 KB each. */
  readonly contentBytes: number;
  readonly tasks?: boolean;
  /** How many of a hundred requests read. */
  readonly readPercent?: number;
  /** Where documents that are there already are written to: a file with an Existing. */
  readonly existing?: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Documents of many users, whose personal streams hold the same ids. */
export interface Existing {
  readonly userIds: readonly string[];
  readonly documentIds: readonly string[];
  /** Of their content: what is replaced. */
  readonly path: string;
}

export interface WriterReport {
  /** Writes that were. */
  readonly acknowledged: number;
  /** Reads that were answered. */
  readonly read: number;
  readonly seconds: number;
  /** Of writes. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Milliseconds of CPU that the load generator took in the measured window. */
  readonly cpuMs: number;
  /** Of all frames in the measured window, without what WebSocket adds. */
  readonly bytes: { readonly sent: number; readonly received: number };
}

class Meter {
  readonly latencies: number[] = [];
  read = 0;
  measuring = false;

  readonly answered = (kind: 'write' | 'read', sinceMs: number): void => {
    if (!this.measuring) return;
    if (kind === 'read') this.read++;
    else this.latencies.push(sinceMs);
  };
}

async function run(plan: WriterPlan): Promise<WriterReport> {
  const meter = new Meter();
  const existing = plan.existing === undefined ? undefined : new ExistingDocuments(plan.existing);
  const connections: LoadConnection[] = [];
  const writers: Writer[] = [];
  for (let n = 0; n < plan.writers; n++) {
    const first = connections[0];
    const userId = existing?.userOf(n) ?? (plan.streams === 'own' || !first ? uuid() : first.userId);
    const connection = await LoadConnection.open(plan.url, userId);
    connections.push(connection);
    const slots = existing?.slotsOf(n, plan.documentsEach) ?? (await makeSlots(plan, connection, n));
    const path = existing?.path ?? pathOf(plan, n);
    const { answered } = meter;
    writers.push(
      new Writer(connection, { slots, streamId: userId, path, readPercent: plan.readPercent ?? 0, answered }),
    );
  }
  for (const writer of writers) for (let n = 0; n < plan.inFlight; n++) writer.request();
  await elapse(plan.warmUpMs);
  process.stdout.write('measuring\n');
  const report = await measure(plan, meter, connections);
  await Promise.all(writers.map((writer) => writer.stop()));
  existing?.keep();
  return report;
}

async function measure(plan: WriterPlan, meter: Meter, connections: readonly LoadConnection[]): Promise<WriterReport> {
  const total = (of: 'sentBytes' | 'receivedBytes'): number => connections.reduce((sum, each) => sum + each[of], 0);
  const [began, cpu, sent, received] = [
    performance.now(),
    process.cpuUsage(),
    total('sentBytes'),
    total('receivedBytes'),
  ];
  meter.measuring = true;
  await elapse(plan.measureMs);
  meter.measuring = false;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const { latencies, read } = meter;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return {
    acknowledged: latencies.length,
    read,
    seconds,
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    cpuMs: (user + system) / 1_000,
    bytes: { sent: total('sentBytes') - sent, received: total('receivedBytes') - received },
  };
}

let shared: Slot | undefined;

async function makeSlots(plan: WriterPlan, connection: LoadConnection, n: number): Promise<Slot[]> {
  if (plan.streams === 'one document' && shared && n > 0) return [{ ...shared }];
  const ids = Array.from({ length: plan.documentsEach }, () => uuid());
  await connection.create(ids, contentOf(plan));
  const slots = ids.map((documentId) => ({ documentId, version: 1 }));
  shared = slots[0];
  return slots;
}

function contentOf({ streams, writers, tasks, contentBytes }: WriterPlan): object {
  if (tasks) return taskBook(contentBytes);
  const fields = streams === 'one document' ? Array.from({ length: writers }, (_, n) => [`counter${n}`, 0]) : [];
  const text = 'x'.repeat(Math.max(0, contentBytes - 60));
  return { counter: 0, ...(Object.fromEntries(fields) as object), status: 'pending', text };
}

function pathOf({ streams, tasks }: WriterPlan, n: number): string {
  if (tasks) return '/tasks/0/estimate_hours';
  return streams === 'one document' ? `/counter${n}` : '/counter';
}

/** Their versions are kept in a second file from one run of this program to the next. */
class ExistingDocuments {
  private readonly existing: Existing;
  private readonly versions: Map<string, number>;
  private readonly taken: { key: string; slot: Slot }[] = [];

  constructor(private readonly file: string) {
    this.existing = JSON.parse(readFileSync(file, 'utf8')) as Existing;
    const kept = existsSync(`${file}.versions`) ? readFileSync(`${file}.versions`, 'utf8') : '[]';
    this.versions = new Map(JSON.parse(kept) as [string, number][]);
  }

  get path(): string {
    return this.existing.path;
  }

  userOf(n: number): string {
    return this.existing.userIds[n] ?? uuid();
  }

  /** Spread evenly over all of the user's documents, so that `count` of them is all or a few of everywhere. */
  slotsOf(n: number, count: number): Slot[] {
    const { documentIds } = this.existing;
    return Array.from({ length: count }, (_, index) => {
      const place = Math.floor((index * documentIds.length) / count);
      const key = `${n} ${place}`;
      const slot = { documentId: documentIds[place] ?? '', version: this.versions.get(key) ?? 1 };
      this.taken.push({ key, slot });
      return slot;
    });
  }

  keep(): void {
    for (const { key, slot } of this.taken) if (slot.version > 1) this.versions.set(key, slot.version);
    writeFileSync(`${this.file}.versions`, JSON.stringify([...this.versions]));
  }
}

const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

run(JSON.parse(process.argv[2] ?? '') as WriterPlan).then(
  (report) => {
    process.stdout.write(`report ${JSON.stringify(report)}\n`, () => process.exit(0));
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
