/**
 * A program that puts a peer to the work that bench/load puts ours to. Its argument is a plan as JSON:
 * `{ peer, url, kind: 'write', writers, … }`, `{ kind: 'fan-out', readers, updatesPerSecond, … }` or
 * `{ kind: 'pull', documents }`. It prints `measuring` when the warm-up is over, and at the end `report` with figures.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';

const CONTENT = { counter: 0, status: 'pending', text: 'x'.repeat(960) };

/** From the greatest share to be asked for. */
function shares(latencies) {
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

/** Runs the work on through a warm-up and the window. @returns the seconds that were measured */
async function measured({ warmUpMs, measureMs }, begin, end = () => undefined) {
  await delay(warmUpMs);
  process.stdout.write('measuring\n');
  const began = performance.now();
  begin();
  await delay(measureMs);
  end();
  return (performance.now() - began) / 1_000;
}

async function write(open, plan) {
  let acknowledged = 0;
  let measuring = false;
  const latencies = [];
  for (let n = 0; n < plan.writers; n++) {
    const client = await open(plan.url);
    const id = randomUUID();
    await client.create([id], CONTENT);
    const goOn = async () => {
      for (;;) {
        const at = performance.now();
        await client.update(id);
        if (measuring) latencies.push(performance.now() - at);
        if (measuring) acknowledged++;
      }
    };
    void goOn();
  }
  const seconds = await measured(
    plan,
    () => (measuring = true),
    () => (measuring = false),
  );
  return { seconds, count: acknowledged, ...shares(latencies) };
}

/** Operations come in order, so that the nth to come to a reader is the nth that was sent. */
async function fanOut(open, plan) {
  const writer = await open(plan.url);
  const id = randomUUID();
  await writer.create([id], CONTENT);
  const sentAt = [];
  const arrived = [];
  const latencies = [];
  let measuring = false;
  for (let n = 0; n < plan.readers; n++) {
    const reader = await open(plan.url);
    let next = 0;
    await reader.subscribe(id, () => {
      const which = next++;
      arrived[which] = (arrived[which] ?? 0) + 1;
      if (measuring && arrived[which] === plan.readers) latencies.push(performance.now() - sentAt[which]);
    });
  }
  const send = () => {
    sentAt.push(performance.now());
    void writer.update(id);
  };
  setInterval(send, 1_000 / plan.updatesPerSecond);
  const seconds = await measured(plan, () => (measuring = true));
  return { seconds, count: latencies.length, ...shares(latencies) };
}

/** By a connection that has had nothing to do with them before. */
async function pull(open, plan) {
  const ids = Array.from({ length: plan.documents }, () => randomUUID());
  await (await open(plan.url)).create(ids, CONTENT);
  const reader = await open(plan.url);
  process.stdout.write('measuring\n');
  const began = performance.now();
  const count = await reader.pull(ids);
  const seconds = (performance.now() - began) / 1_000;
  if (count !== plan.documents) throw new Error(`${count} of ${plan.documents} documents came`);
  return { seconds, count, p50: 0, p95: 0 };
}

const plan = JSON.parse(process.argv[2]);
const { open } = await import(`./${plan.peer}-client.mjs`);
const report = await { write, 'fan-out': fanOut, pull }[plan.kind](open, plan);
process.stdout.write(`report ${JSON.stringify(report)}\n`, () => process.exit(0));
