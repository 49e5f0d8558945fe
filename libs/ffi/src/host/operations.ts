/**
 * Each operation of the C ABI on an engine that is open. What it returns is the text that the caller gets: mostly JSON.
 * A call that writes has been committed to SQLite when its operation settles.
 */
import type { SyncClient } from '@json-database-sync/client';
import { SyncError } from '@json-database-sync/domain';
import { DOCUMENT_FLAGS, UNDO_FLAGS } from '../abi/enums.js';
import { OPERATION, type OperationName } from '../abi/wire.js';
import type { Arguments } from './arguments.js';
import { changeRecordJson, conflictJson, documentJson, documentVersionJson, statusJson } from './result-json.js';

type Operation = (client: SyncClient, given: Arguments) => string | Promise<string>;
/** Those that make and end an engine, and say what it tells, are of the host itself. */
type OfTheHost = 'open' | 'close' | 'listen';

const json = (value: unknown): string => JSON.stringify(value);
const NOTHING = '';

/** `{ title }`, where the call brings one. */
function titled(given: Arguments, place: number): { title?: string } {
  const title = given.optionalText(place);
  return title === undefined ? {} : { title };
}

/** A version, where 0 stands for none. */
function versioned(given: Arguments, place: number): { version?: number } {
  const version = given.integer(place);
  return version === 0 ? {} : { version };
}

const DOCUMENTS = {
  // id or nothing, title or nothing, content
  create: async (client, given) => {
    const id = given.optionalText(0);
    const input = { ...(id !== undefined && { id }), ...titled(given, 1), content: given.json(2) };
    return json(documentJson(await client.documents.create(input)));
  },
  // id, title or nothing, content or nothing
  update: async (client, given) => {
    const content = given.optionalText(2) === undefined ? {} : { content: given.json(2) };
    return json(documentJson(await client.documents.update(given.text(0), { ...titled(given, 1), ...content })));
  },
  merge: async (client, given) => {
    const change = { ...titled(given, 1), merge: given.json(2) };
    return json(documentJson(await client.documents.update(given.text(0), change)));
  },
  patch: async (client, given) => {
    const change = { ...titled(given, 1), patch: given.patch(2) };
    return json(documentJson(await client.documents.update(given.text(0), change)));
  },
  // id
  delete: async (client, given) => {
    await client.documents.delete(given.text(0));
    return NOTHING;
  },
  restore: async (client, given) => json(documentJson(await client.documents.restore(given.text(0)))),
  // id, flags
  get: (client, given) => {
    const includeDeleted = given.flag(1, DOCUMENT_FLAGS.include_deleted);
    const document = client.documents.get(given.text(0), { includeDeleted });
    if (document) return json(documentJson(document));
    throw new SyncError('document_not_found');
  },
  // options or nothing
  list: (client, given) => json(client.documents.list(given.listOptions(0)).map(documentJson)),
  // where, options or nothing
  find: (client, given) =>
    json(client.documents.find({ where: given.where(0), ...given.listOptions(1) }).map(documentJson)),
  // words, how many at most (0: 50)
  search: (client, given) => {
    const limit = given.integer(1);
    return json(client.documents.search(given.text(0), limit === 0 ? {} : { limit }).map(documentJson));
  },
  // flags
  count: (client, given) =>
    String(client.documents.count({ includeDeleted: given.flag(0, DOCUMENT_FLAGS.include_deleted) })),
} satisfies Partial<Record<OperationName, Operation>>;

const HISTORY = {
  // id, version or 0, flags
  undo: async (client, given) => {
    const options = { ...versioned(given, 1), force: given.flag(2, UNDO_FLAGS.force) };
    return json(documentJson(await client.documents.undo(given.text(0), options)));
  },
  // id, flags
  redo: async (client, given) =>
    json(documentJson(await client.documents.redo(given.text(0), { force: given.flag(1, UNDO_FLAGS.force) }))),
  // id, version
  revert: async (client, given) => json(documentJson(await client.documents.revert(given.text(0), given.integer(1)))),
  // id, how many at most (0: 50), only what is older than this version (0: all)
  history: async (client, given) => {
    const [limit, before] = [given.integer(1), given.integer(2)];
    const options = { ...(limit > 0 && { limit }), ...(before !== 0 && { beforeVersion: before }) };
    return json((await client.documents.history(given.text(0), options)).map(changeRecordJson));
  },
  // id, version
  at_version: async (client, given) => {
    const document = await client.documents.at(given.text(0), { version: given.integer(1) });
    if (document) return json(documentVersionJson(document));
    throw new SyncError('document_not_found');
  },
  // options or nothing
  conflicts: (client, given) => json(client.conflicts(given.conflictOptions(0)).map(conflictJson)),
  // id of the conflict
  dismiss_conflict: (client, given) => {
    client.dismissConflict(given.text(0));
    return NOTHING;
  },
  apply_conflict: async (client, given) => json(documentJson(await client.applyConflict(given.text(0)))),
} satisfies Partial<Record<OperationName, Operation>>;

const SYNC = {
  connect: (client) => {
    client.connect();
    return NOTHING;
  },
  disconnect: (client) => {
    client.disconnect();
    return NOTHING;
  },
  sync_now: (client) => {
    client.connect();
    // What comes of it is told by events and by the status; this call does not wait for the network.
    client.synced({ timeoutMs: SYNC_NOW_MS }).catch(() => undefined);
    return NOTHING;
  },
  // milliseconds
  synced: async (client, given) => {
    await client.synced({ timeoutMs: given.integer(0) });
    return NOTHING;
  },
  status: (client) => json(statusJson(client.status())),
  pending: (client) => String(client.status().pending),
} satisfies Partial<Record<OperationName, Operation>>;

/** How long a sync that was asked for, and is waited for by nobody, is kept in mind. */
const SYNC_NOW_MS = 30_000;

const OPERATIONS: Record<Exclude<OperationName, OfTheHost>, Operation> = { ...DOCUMENTS, ...HISTORY, ...SYNC };

const BY_NUMBER: ReadonlyMap<number, Operation> = new Map(
  Object.entries(OPERATIONS).map(([name, operation]) => [numberOf(name), operation]),
);

function numberOf(name: string): number {
  const numbers: Readonly<Record<string, number>> = OPERATION;
  return numbers[name] ?? -1;
}

export function operationOf(number: number): Operation | undefined {
  return BY_NUMBER.get(number);
}
