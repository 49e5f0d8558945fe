/**
 * A process that writes to a database: `writer.ts <file> <name> <count>`. Prints one line for each write that was
 * acknowledged, after it was. With a count of 0 it writes until it is killed. `increment` as the name counts up one
 * shared document instead.
 */
import { writeSync } from 'node:fs';
import { SyncClient } from '../src/client/sync-client.js';

const SHARED = '0190d000-0000-7000-8000-00000000ffff';

async function main([file = '', name = '', count = '0']: string[]): Promise<void> {
  const client = await SyncClient.open({ database: file });
  say('open');
  const most = Number(count) || Infinity;
  for (let n = 1; n <= most; n++) {
    if (name === 'increment') {
      await client.documents.update(SHARED, (draft: { n: number }) => void draft.n++);
      say(`wrote ${n}`);
    } else {
      const { id } = await client.documents.create({ title: `${name} ${n}`, content: { n, text: 'x'.repeat(500) } });
      await client.documents.update(id, { merge: { n: n + 1 } });
      say(`wrote ${id}`);
    }
  }
  await client.close();
  say('closed');
}

/** At once, so that a kill right after it cannot take the line along. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
