/** Act 8: the server dies in the middle of a run of writes, and nothing that it had acknowledged is gone. */
import { SyncClient, type Document } from '@json-database-sync/client';
import { join } from 'node:path';
import { Device } from '../device.js';
import { DEMO_TOKEN, DEMO_USER_ID } from '../../settings/settings.js';
import { PATIENCE_MS } from '../settle.js';
import { claimEqual, comparable, type Stage } from '../stage.js';

const ENOUGH = 100;
/** Written ahead of the server's answers, so that it dies with some under way. */
const UNDER_WAY = 20;

export async function playPowerCut(stage: Stage): Promise<void> {
  const { story, server, world } = stage;
  story.act('Power cut: the server is killed while it writes');
  const writer = await openWriter(stage);
  let killed: Promise<void> | undefined;
  let count = 0;
  while (killed === undefined || writer.status().connection === 'online') {
    const { pending } = writer.status();
    if (count - pending >= ENOUGH) killed ??= server.kill();
    if (pending < UNDER_WAY) await writer.documents.create({ title: `note ${++count}`, content: { number: count } });
    // Answers are heard between the turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await killed;
  const written = writer.documents.list().filter((document) => document.title.startsWith('note '));
  const acknowledged = written.filter((document) => !document.pending);
  story.tell(
    `A program on the SDK writes notes; the server gets SIGKILL after ${acknowledged.length} acknowledgements,`,
  );
  story.tell(`with ${written.length - acknowledged.length} more notes on their way.`);
  story.claim('the server is dead', server.wasKilled && writer.status().connection !== 'online');

  await server.start();
  story.tell('It is started again on the same folder. carol, a device without anything, asks for all documents:');
  const carol = new Device('carol', world, server);
  const found = comparable(await carol.list('--all'));
  const missing = acknowledged.filter((document) => found.get(document.id) !== confirmed(document));
  story.claim(`each of the ${acknowledged.length} acknowledged notes is there`, missing.length === 0, missing);

  await writer.synced({ timeoutMs: PATIENCE_MS });
  const titles = (await carol.list()).map(({ title }) => title).filter((title) => title.startsWith('note '));
  story.claim(
    `when the program is back, all ${written.length} notes that it wrote are there, each once`,
    titles.length === written.length && new Set(titles).size === titles.length,
    titles.length,
  );
  await writer.close();
  await claimEqual(stage);
}

async function openWriter({ world, server }: Stage): Promise<SyncClient> {
  const writer = await SyncClient.open({
    database: join(world.folder, 'writer.sqlite3'),
    url: server.url,
    token: DEMO_TOKEN,
    userId: DEMO_USER_ID,
    backoff: { initialMs: 50, maxMs: 500 },
  });
  world.atEnd(() => writer.close());
  await writer.synced({ timeoutMs: PATIENCE_MS });
  return writer;
}

/** As `comparable` shows it. */
function confirmed({ id, title, content, version, revisionId, deletedAt }: Document): string | undefined {
  const listed = { id, title, content, version, revision_id: revisionId, deleted_at: deletedAt };
  return comparable([listed]).get(id);
}
