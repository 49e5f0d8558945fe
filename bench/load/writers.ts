/**
 * A program that writes: N connections, each with a number of updates unanswered. Its argument is a WriterPlan as JSON; it
 * prints `measuring` when the warm-up is over, and at the end `report` with a WriterReport.
 */
import { LoadConnection, uuid, type Frame } from './connection.js';

export interface WriterPlan {
  readonly url: string;
  readonly writers: number;
  /** Updates that each writer has unanswered. */
  readonly inFlight: number;
  /** Documents that each writer goes through in turn. */
  readonly documentsEach: number;
  /** All in one user's stream, or each in a stream of its own. */
  readonly streams: 'one' | 'own';
  readonly contentBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface WriterReport {
  readonly acknowledged: number;
  readonly seconds: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Milliseconds of CPU that the load generator took in the measured window. */
  readonly cpuMs: number;
}

interface Slot {
  readonly documentId: string;
  version: number;
}

class Writer {
  private next = 0;
  private counter = 0;
  private readonly sent = new Map<string, { at: number; slot: Slot }>();

  constructor(
    private readonly connection: LoadConnection,
    private readonly slots: readonly Slot[],
    private readonly acknowledged: (sinceMs: number) => void,
  ) {
    connection.onFrame = (frame) => this.hear(frame);
  }

  write(): void {
    const slot = this.slots[this.next];
    if (!slot) throw new Error('a writer has no document');
    this.next = (this.next + 1) % this.slots.length;
    const head = this.connection.head(slot.documentId, slot.version) as { mutation_id: string };
    const patch = [{ op: 'replace', path: '/counter', value: ++this.counter }];
    this.sent.set(head.mutation_id, { at: performance.now(), slot });
    this.connection.send({ type: 'mutate', mutations: [{ ...head, kind: 'update', patch }] });
  }

  private hear(frame: Frame): void {
    if (frame.type === 'error') throw new Error(`${frame.code}: ${frame.message}`);
    if (frame.type !== 'mutation_results') return;
    for (const { mutation_id, status, version, error } of frame.results ?? []) {
      const sent = this.sent.get(mutation_id);
      if (!sent || status === 'rejected') throw new Error(`an update was ${status}: ${error?.code} ${error?.message}`);
      this.sent.delete(mutation_id);
      sent.slot.version = Math.max(sent.slot.version, version ?? 0);
      this.acknowledged(performance.now() - sent.at);
      this.write();
    }
  }
}

async function run(plan: WriterPlan): Promise<WriterReport> {
  const content = { counter: 0, status: 'pending', text: 'x'.repeat(Math.max(0, plan.contentBytes - 60)) };
  const shared = uuid();
  const latencies: number[] = [];
  let measuring = false;
  const writers: Writer[] = [];
  for (let n = 0; n < plan.writers; n++) {
    const connection = await LoadConnection.open(plan.url, plan.streams === 'one' ? shared : uuid());
    const ids = Array.from({ length: plan.documentsEach }, () => uuid());
    await connection.create(ids, content);
    const slots = ids.map((documentId) => ({ documentId, version: 1 }));
    writers.push(new Writer(connection, slots, (tookMs) => measuring && latencies.push(tookMs)));
  }
  for (const writer of writers) for (let n = 0; n < plan.inFlight; n++) writer.write();
  await elapse(plan.warmUpMs);
  process.stdout.write('measuring\n');
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  measuring = true;
  await elapse(plan.measureMs);
  measuring = false;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return {
    acknowledged: latencies.length,
    seconds,
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    cpuMs: (user + system) / 1_000,
  };
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
