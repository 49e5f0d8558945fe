/**
 * Creates documents with the SDK, one after the other, offline. Over the socket that it is started with it is told how many, as
 * often as its starter likes, and sends back how long each took: 64-bit floats, microseconds.
 */
import { Socket } from 'node:net';
import { SyncClient } from '@json-database-sync/client';

async function main(): Promise<void> {
  const [, , database = ''] = process.argv;
  const client = await SyncClient.open({ database });
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  socket.on('data', (bytes: Buffer) => {
    create(client, bytes.readUInt32LE()).then(
      (times) => void socket.write(times),
      (error: unknown) => socket.destroy(new Error('a creation failed', { cause: error })),
    );
  });
  socket.on('close', () => void client.close());
}

async function create(client: SyncClient, count: number): Promise<Buffer> {
  const content = { text: 'x'.repeat(900) };
  const times = Buffer.alloc(count * 8);
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    await client.documents.create({ title: 'Milk', content });
    times.writeDoubleLE((performance.now() - begin) * 1_000, i * 8);
  }
  return times;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
