/**
 * A program with many clients that do nothing: each is a user of its own, authenticated and subscribed to its stream. Its
 * argument is an IdlePlan as JSON. It prints `connected N` at each number of the plan, and goes on to the next one when it
 * gets a SIGUSR2.
 */
import { LoadConnection, uuid } from './connection.js';

export interface IdlePlan {
  readonly url: string;
  /** How many connections there are to be at each stop, rising. */
  readonly stops: readonly number[];
}

const AT_ONCE = 20;

async function run({ url, stops }: IdlePlan): Promise<void> {
  const connections: LoadConnection[] = [];
  for (const stop of stops) {
    while (connections.length < stop) {
      const count = Math.min(AT_ONCE, stop - connections.length);
      connections.push(...(await Promise.all(Array.from({ length: count }, () => open(url)))));
    }
    const goOn = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()));
    // Keeps the process alive without a connection.
    const alive = setInterval(() => undefined, 60_000);
    process.stdout.write(`connected ${stop}\n`);
    await goOn;
    clearInterval(alive);
  }
}

async function open(url: string): Promise<LoadConnection> {
  const connection = await LoadConnection.open(url, uuid());
  await connection.ask({ type: 'subscribe', stream_ids: [connection.userId] }, 'subscribed');
  return connection;
}

run(JSON.parse(process.argv[2] ?? '') as IdlePlan).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
