/**
 * A program with many readers of one stream, and one writer where the server is to have news. Its argument is a
 * ReaderPlan as JSON; it prints `measuring` when the warm-up is over, and at the end `report` with a ReaderReport.
 *
 * Readers do not parse what they get: only the first one to get a frame looks for its sequence, so that the load generator
 * takes little of the machine that it measures.
 */
import { LoadConnection, uuid } from './connection.js';

export interface ReaderPlan {
  readonly url: string;
  readonly readers: number;
  /** Updates a second, evenly; null: the next one when the last reader has the one before. 0: the server writes by itself. */
  readonly updatesPerSecond: number | null;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface ReaderReport {
  readonly seconds: number;
  readonly frames: number;
  /** From the call that writes until the last reader has the change. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly max: number };
}

class Audience {
  frames = 0;
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly size: number,
    private readonly complete: (sequence: string) => void,
  ) {}

  hear(text: string): void {
    this.frames++;
    const sequence = /"sequence":(\d+)/.exec(text)?.[1];
    if (sequence === undefined) return;
    const count = (this.counts.get(sequence) ?? 0) + 1;
    if (count < this.size) this.counts.set(sequence, count);
    else {
      this.counts.delete(sequence);
      this.complete(sequence);
    }
  }
}

async function run(plan: ReaderPlan): Promise<ReaderReport> {
  const userId = uuid();
  const latencies: number[] = [];
  const sentAt: number[] = [];
  let measuring = false;
  let wait: () => void = () => undefined;
  const audience = new Audience(plan.readers, () => {
    const at = sentAt.shift();
    if (measuring && at !== undefined) latencies.push(performance.now() - at);
    wait();
  });
  for (let n = 0; n < plan.readers; n++) {
    const reader = await LoadConnection.open(plan.url, userId);
    await reader.ask({ type: 'subscribe', stream_ids: [userId] }, 'subscribed');
    reader.socket.removeAllListeners('message');
    reader.socket.on('message', (data: Buffer) => audience.hear(data.toString('latin1')));
  }
  if (plan.updatesPerSecond !== 0) void write(plan, userId, sentAt, (next) => (wait = next));
  await elapse(plan.warmUpMs);
  process.stdout.write('measuring\n');
  const [began, before] = [performance.now(), audience.frames];
  measuring = true;
  await elapse(plan.measureMs);
  const [seconds, frames] = [(performance.now() - began) / 1_000, audience.frames - before];
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { seconds, frames, latencyMs: { p50: at(0.5), p95: at(0.95), max: at(1) } };
}

async function write(
  plan: ReaderPlan,
  userId: string,
  sentAt: number[],
  onComplete: (next: () => void) => void,
): Promise<void> {
  const writer = await LoadConnection.open(plan.url, userId);
  const documentId = uuid();
  await writer.create([documentId], { counter: 0, text: 'x'.repeat(960) });
  let counter = 0;
  const send = (): void => {
    const head = writer.head(documentId, ++counter);
    const patch = [{ op: 'replace', path: '/counter', value: counter }];
    sentAt.push(performance.now());
    writer.send({ type: 'mutate', mutations: [{ ...head, kind: 'update', patch }] });
  };
  if (plan.updatesPerSecond === null) {
    onComplete(send);
    send();
  } else setInterval(send, 1_000 / plan.updatesPerSecond);
}

const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

run(JSON.parse(process.argv[2] ?? '') as ReaderPlan).then(
  (report) => {
    process.stdout.write(`report ${JSON.stringify(report)}\n`, () => process.exit(0));
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
