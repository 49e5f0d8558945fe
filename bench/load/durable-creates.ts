/** Creates documents with the SDK, one after the other, offline, and prints how long each took: `report {"p50":..,"p99":..}`. */
import { SyncClient } from '@json-database-sync/client';

async function main(): Promise<void> {
  const [, , database = '', count = '0'] = process.argv;
  const client = await SyncClient.open({ database });
  const content = { text: 'x'.repeat(900) };
  const times: number[] = [];
  for (let i = 0; i < Number(count); i++) {
    const begin = performance.now();
    await client.documents.create({ title: 'Milk', content });
    times.push((performance.now() - begin) * 1_000);
  }
  await client.close();
  times.sort((a, b) => a - b);
  const quantile = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? Number.NaN;
  process.stdout.write(`report ${JSON.stringify({ p50: quantile(0.5), p99: quantile(0.99) })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
