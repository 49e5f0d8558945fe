/** What an application does to one of a few documents. Every value written is new and names its author. */
import type { JsonPatch, JsonValue } from '@json-database-sync/domain';
import { Random } from './random.js';
import type { Device } from './device.js';
import type { SyncClient } from '../../libs/client-sdk/src/client/sync-client.js';

/** The same ids for every user: what one has must not touch another's. */
export const DOCUMENT_IDS: readonly [string, ...string[]] = [
  'd0000000-0000-4000-8000-000000000001',
  'd0000000-0000-4000-8000-000000000002',
  'd0000000-0000-4000-8000-000000000003',
];

/** Begins every value that this user writes. */
export function markOf(userId: string): string {
  return `<${userId}>`;
}

interface Content {
  readonly n?: unknown;
  readonly list: readonly unknown[];
  readonly map: Readonly<Record<string, unknown>>;
}

export function writeSomething(device: Device, seed: number): void {
  const random = new Random(seed);
  const id = random.pick(DOCUMENT_IDS);
  let values = 0;
  const value = () => `${markOf(device.userId)}${seed.toString(36)}.${values++}`;
  device.write(id, (client) => change(client, id, random, value));
}

function change(client: SyncClient, id: string, random: Random, value: () => string): Promise<unknown> {
  const { documents } = client;
  const current = documents.get(id, { includeDeleted: true });
  if (!current) {
    const content = { n: value(), list: [value(), value()], map: { a: value(), b: { c: value() } } };
    return documents.create({ id, title: value(), content });
  }
  if (current.deletedAt !== null) return documents.restore(id);
  if (random.chance(0.06)) return documents.delete(id);
  if (random.chance(0.06)) return documents.update(id, { patch: [], title: value() });
  const content = asContent(current.content);
  const patch: JsonPatch = Array.from({ length: random.chance(0.3) ? 2 : 1 }).flatMap((_, index) =>
    operation(content, random, value, index),
  );
  if (random.chance(0.2)) return documents.update(id, { merge: { map: { [random.pick(['a', 'x', 'y'])]: value() } } });
  return documents.update(id, { patch, ...(random.chance(0.1) && { title: value() }) });
}

/** One operation that applies to the content; a second one of a patch keeps off the list, whose indexes the first one moves. */
function operation(content: Content, random: Random, value: () => string, index: number): JsonPatch {
  const { list } = content;
  const at = random.below(list.length);
  const key = random.pick(['a', 'b', 'x', 'y']);
  const known = Object.hasOwn(content.map, key);
  switch (index > 0 ? random.below(3) : random.below(8)) {
    case 0:
      return [{ op: 'add', path: '/n', value: value() }];
    case 1:
      return [{ op: 'add', path: `/map/${key}`, value: random.chance(0.3) ? { deep: value() } : value() }];
    case 2:
      return known ? [{ op: 'remove', path: `/map/${key}` }] : [];
    case 3:
      return [{ op: 'add', path: `/list/${at}`, value: value() }];
    case 4:
      return list.length > 0 ? [{ op: 'remove', path: `/list/${at}` }] : [];
    case 5:
      return list.length > 0 ? [{ op: 'replace', path: `/list/${at}`, value: value() }] : [];
    case 6:
      return Object.hasOwn(content, 'n') && list.length > 0
        ? [
            { op: 'test', path: `/list/${at}`, value: asJson(list[at]) },
            { op: 'move', from: '/n', path: '/map/moved' },
            { op: 'add', path: '/n', value: value() },
          ]
        : [];
    default:
      return [{ op: 'add', path: '/list/-', value: value() }];
  }
}

function asContent(value: JsonValue): Content {
  return value as unknown as Content;
}

function asJson(value: unknown): JsonValue {
  return value as JsonValue;
}
