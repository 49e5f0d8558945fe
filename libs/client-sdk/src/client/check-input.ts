/**
 * The gate for what the application hands over. What passes can be stored here and on the server as it is; the rest
 * is refused with the reason, before anything is written.
 */
import {
  LIMITS,
  SyncError,
  checkJsonValue,
  conflictIdSchema,
  jsonPatchSchema,
  parseDocumentId,
  versionSchema,
  type DocumentId,
  type JsonPatch,
  type JsonValue,
} from '@json-database-sync/domain';
import type { ListOptions } from '../store/local-store.js';
import type { PendingChange } from '../replica/pending.js';

export function checkedId(id: unknown): DocumentId {
  const parsed = parseDocumentId(id);
  if (parsed === undefined) throw new SyncError('invalid_argument', 'the document id is not a UUID');
  return parsed;
}

export function checkedConflictId(id: unknown): string {
  const parsed = conflictIdSchema.safeParse(id);
  if (!parsed.success) throw new SyncError('invalid_argument', 'the conflict id is not a UUID');
  return parsed.data;
}

/** A copy that shares nothing with the application's object. */
export function checkedContent(content: unknown, what = 'the content'): JsonValue {
  const limits = { maxDepth: LIMITS.documentDepth, maxCharacters: LIMITS.documentCharacters };
  return checkedJson(content, limits, what);
}

export function checkedTitle(title: unknown): string {
  if (typeof title !== 'string') throw new SyncError('invalid_argument', 'the title has to be a text');
  if (title.length > LIMITS.titleCharacters) {
    throw new SyncError('invalid_argument', `the title is over ${LIMITS.titleCharacters} characters long`);
  }
  checkedJson(title, { maxDepth: 1, maxCharacters: 8 * LIMITS.titleCharacters }, 'the title');
  return title;
}

export function checkedPatch(patch: unknown): JsonPatch {
  // A patch holds contents two levels down.
  const limits = { maxDepth: LIMITS.documentDepth + 2, maxCharacters: LIMITS.documentCharacters };
  const parsed = jsonPatchSchema.safeParse(checkedJson(patch, limits, 'the patch'));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue ? `: ${issue.path.join('/')} ${issue.message}` : '';
  throw new SyncError('invalid_patch', `the patch is not a JSON Patch (RFC 6902)${where}`);
}

export function checkedCount(value: number | undefined, what: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new SyncError('invalid_argument', `${what} has to be a whole number, 0 or more`);
  }
  return value;
}

/** A version that is asked for; whether there is one is another matter. */
export function checkedVersion(value: unknown): number {
  const parsed = versionSchema.safeParse(value);
  if (!parsed.success) throw new SyncError('invalid_argument', 'a version has to be a whole number, 1 or more');
  return parsed.data;
}

export function checkedList(options: ListOptions): ListOptions {
  const orders: readonly unknown[] = ['updatedAt', 'createdAt', 'title', undefined];
  if (!orders.includes(options.orderBy)) {
    throw new SyncError('invalid_argument', 'orderBy is one of updatedAt, createdAt and title');
  }
  const limit = options.limit === undefined ? {} : { limit: checkedCount(options.limit, 'limit', 0) };
  return { ...options, ...limit, offset: checkedCount(options.offset, 'offset', 0) };
}

/** A place in the stream; 0 is before its first change. */
export function checkedSequence(value: number): number {
  return checkedCount(value, 'a sequence', 0);
}

export function checkedTime(value: unknown): string {
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) throw new SyncError('invalid_argument', 'the time is not one, such as 2026-01-31T12:00:00Z');
  return new Date(time).toISOString();
}

/** A frame has to hold the change, whatever its characters cost in bytes. */
export function assertSendable(change: PendingChange): void {
  const room = LIMITS.frameBytes - FRAME_HEAD_BYTES;
  // What takes back another change says only which.
  if (change.kind === 'undo' || change.kind === 'redo' || change.kind === 'revert') return;
  const text = JSON.stringify(change);
  if (text.length * 3 <= room || utf8Length(text) <= room) return;
  throw new SyncError('invalid_document', `the change is over the ${room} bytes that can be sent at once`);
}

/** What stands around a change in a frame, with room to spare. */
const FRAME_HEAD_BYTES = 4_096;

function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Each half of a surrogate pair counts for two of its four bytes.
    if (code < 0x80) bytes += 1;
    else if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

function checkedJson(value: unknown, limits: Parameters<typeof checkJsonValue>[1], what: string): JsonValue {
  const checked = checkJsonValue(value, limits);
  if (checked.ok) return checked.value;
  throw new SyncError(checked.code, `${what}: ${checked.reason}`);
}
