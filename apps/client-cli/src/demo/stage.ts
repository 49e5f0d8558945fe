/** What every act plays on, and the comparison that more than one of them makes. */
import { canonicalJson } from '@json-database-sync/domain';
import type { ListedDocument } from './client-output.js';
import type { DemoServer } from './demo-server.js';
import type { Device } from './device.js';
import type { Story } from './story.js';
import type { World } from './world.js';

export interface Stage {
  readonly world: World;
  readonly story: Story;
  readonly server: DemoServer;
  readonly alice: Device;
  readonly bob: Device;
}

/** Claims that both devices hold the same documents: title, content, version and revision, deleted ones included. */
export async function claimEqual({ story, alice, bob }: Stage): Promise<void> {
  const [first, second] = await Promise.all([alice.list('--all'), bob.list('--all')]);
  const [one, other] = [comparable(first), comparable(second)];
  const differing = [...one.keys(), ...other.keys()].filter((id) => one.get(id) !== other.get(id));
  const text = `all ${one.size} documents are equal on both devices: title, content, version, revision`;
  story.claim(text, one.size > 0 && differing.length === 0, differing);
}

type Compared = Pick<ListedDocument, 'title' | 'content' | 'version' | 'revision_id' | 'deleted_at'>;

/** By id, what has to be the same everywhere, as one text. */
export function comparable(documents: readonly (Compared & { readonly id: string })[]): Map<string, string> {
  return new Map(
    documents.map(({ id, title, content, version, revision_id, deleted_at }) => [
      id,
      canonicalJson([title, content, version, revision_id, deleted_at !== null]),
    ]),
  );
}

export function documentOf(documents: readonly ListedDocument[], id: string): ListedDocument | undefined {
  return documents.find((document) => document.id === id);
}

/** @throws Error if there is none: the command has not done what it says */
export function onlyOne<T>(things: readonly T[]): T {
  const [thing] = things;
  if (thing === undefined || things.length !== 1) throw new Error(`expected one, got ${things.length}`);
  return thing;
}
