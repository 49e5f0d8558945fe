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
  /** Updates a second, evenly; null: as many as keep the server busy. 0: the server writes by itself. */
  readonly updatesPerSecond: number | null;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface ReaderReport {
  readonly seconds: number;
  readonly frames: number;
  /** In these frames. */
  readonly changes: number;
  /** From the call that writes until the last reader has the change. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly max: number };
}

/** Updates that the last reader does not have yet, where the server is to be kept busy. */
const KEPT_UNDER_WAY = 24;

class Audience {
  frames = 0;
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly size: number,
    /** Every reader has a frame, with this many changes in it. */
    private readonly complete: (changes: number) => void,
  ) {}

  hear(text: string): void {
    this.frames++;
    const sequence = /"sequence":(\d+)/.exec(text)?.[1];
    if (sequence === undefined) return;
    const count = (this.counts.get(sequence) ?? 0) + 1;
    if (count < this.size) this.counts.set(sequence, count);
    else {
      this.counts.delete(sequence);
      this.complete(text.split('"sequence":').length - 1);
    }
  }
}

async function run(plan: ReaderPlan): Promise<ReaderReport> {
  const userId = uuid();
  const latencies: number[] = [];
  const sentAt: number[] = [];
  let measuring = false;
  let changes = 0;
  const update = plan.updatesPerSecond === 0 ? () => undefined : await makeDocument(plan.url, userId);
  const send = (): void => {
    sentAt.push(performance.now());
    update();
  };
  const audience = new Audience(plan.readers, (count) => {
    if (measuring) changes += count * plan.readers;
    for (const at of sentAt.splice(0, count)) {
      if (measuring) latencies.push(performance.now() - at);
      if (plan.updatesPerSecond === null) send();
    }
  });
  for (let n = 0; n < plan.readers; n++) {
    const reader = await LoadConnection.open(plan.url, userId);
    await reader.ask({ type: 'subscribe', stream_ids: [userId] }, 'subscribed');
    reader.socket.removeAllListeners('message');
    reader.socket.on('message', (data: Buffer) => audience.hear(data.toString('latin1')));
  }
  if (plan.updatesPerSecond === null) for (let n = 0; n < KEPT_UNDER_WAY; n++) send();
  else if (plan.updatesPerSecond > 0) setInterval(send, 1_000 / plan.updatesPerSecond);
  await elapse(plan.warmUpMs);
  process.stdout.write('measuring\n');
  const [began, before] = [performance.now(), audience.frames];
  measuring = true;
  await elapse(plan.measureMs);
  const [seconds, frames] = [(performance.now() - began) / 1_000, audience.frames - before];
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { seconds, frames, changes, latencyMs: { p50: at(0.5), p95: at(0.95), max: at(1) } };
}

/** Before there are readers, so that what they hear is updates and nothing else. */
async function makeDocument(url: string, userId: string): Promise<() => void> {
  const writer = await LoadConnection.open(url, userId);
  const documentId = uuid();
  await writer.create([documentId], { counter: 0, text: 'x'.repeat(960) });
  writer.onFrame = () => undefined;
  let counter = 0;
  return () => {
    const head = writer.head(documentId, ++counter);
    const patch = [{ op: 'replace', path: '/counter', value: counter }];
    writer.send({ type: 'mutate', mutations: [{ ...head, kind: 'update', patch }] });
  };
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
