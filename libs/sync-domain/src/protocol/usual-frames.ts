/**
 * Recognises what is sent most, as it is usually written: then it needs no schema, which takes longer than parsing the text
 * does. Of a server `changes` and `snapshot`; of a client `mutate`, and in it creations and updates.
 *
 * Invariant: what is recognised here is what the dialect's schema would give, member for member. Whatever is written in
 * another way (an id in capitals, a time in microseconds, a member more) is left to the schema to take or to refuse.
 */
import { LIMITS } from '../limits.js';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import type { StreamingDown } from './streaming-down.js';
import type { Mutation, StreamingUpOf } from './streaming-up.js';
import { REVISION_PATTERN, TIME_PATTERN, UUID_PATTERN } from './usual-patterns.js';

const UUID = new RegExp(`^${UUID_PATTERN}$`);
const REVISION = new RegExp(`^${REVISION_PATTERN}$`);
const TIME = new RegExp(`^${TIME_PATTERN}$`);
const POINTER = /^(?:\/(?:[^~]|~[01])*)?$/s;

/** @param value came through `parseJson` */
export function isUsualFrame(value: JsonValue): value is JsonObject & StreamingDown {
  if (!isJsonObject(value)) return false;
  const named = countOfName(value);
  if (named === undefined) return false;
  if (value['type'] === 'changes') {
    return (
      hasMembers(value, 5 + named) &&
      isUuid(value['stream_id']) &&
      isCount(value['latest_sequence']) &&
      typeof value['has_more'] === 'boolean' &&
      isListOf(value['events'], isEvent)
    );
  }
  return (
    value['type'] === 'snapshot' &&
    hasMembers(value, 6 + named) &&
    isUuid(value['stream_id']) &&
    isCount(value['sequence']) &&
    isCount(value['total']) &&
    (value['cursor'] === null || typeof value['cursor'] === 'string') &&
    isListOf(value['documents'], isDocument)
  );
}

/**
 * What is in the list is not looked at (`isUsualMutation`).
 * @param value came through `parseJson`
 */
export function isUsualMutate(value: JsonValue): value is JsonObject & StreamingUpOf<'mutate'> {
  if (!isJsonObject(value) || value['type'] !== 'mutate') return false;
  const named = countOfName(value);
  const { mutations } = value;
  return (
    named !== undefined &&
    hasMembers(value, 2 + named) &&
    mutations !== undefined &&
    isJsonArray(mutations) &&
    mutations.length >= 1 &&
    mutations.length <= LIMITS.mutationsPerFrame
  );
}

/** @param value came through `parseJson`, in a frame */
export function isUsualMutation(value: unknown): value is Mutation {
  if (!isParsedObject(value)) return false;
  const head = isUuid(value['mutation_id']) && isUuid(value['stream_id']) && isUuid(value['document_id']);
  if (!head) return false;
  if (value['kind'] === 'create') {
    return hasMembers(value, 6) && isTitle(value['title']) && value['content'] !== undefined;
  }
  const titled = value['title'] === undefined ? 0 : 1;
  const { patch } = value;
  return (
    value['kind'] === 'update' &&
    hasMembers(value, 6 + titled) &&
    (titled === 0 || isTitle(value['title'])) &&
    (value['base_version'] === 0 || isVersion(value['base_version'])) &&
    isListOf(patch, isAskedOperation) &&
    patch.length <= LIMITS.patchOperations
  );
}

/** Of what somebody asks for; a committed one keeps no limits any more. */
function isAskedOperation(operation: JsonValue): boolean {
  return isOperation(operation) && isShort(operation, 'path') && isShort(operation, 'from');
}

function isParsedObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShort(operation: JsonObject, member: 'path' | 'from'): boolean {
  const pointer = operation[member];
  return pointer === undefined || (typeof pointer === 'string' && pointer.length <= LIMITS.pointerCharacters);
}

/** How many members name the request: none or one; undefined where the name is none. */
function countOfName(frame: JsonObject): number | undefined {
  if (frame['request_id'] === undefined) return 0;
  return isText(frame['request_id'], 1, 100) ? 1 : undefined;
}

function isEvent(event: JsonValue): boolean {
  if (!isJsonObject(event)) return false;
  const caused = event['cause'] === undefined ? 0 : 1;
  if (caused === 1 && event['cause'] !== null && !isCause(event['cause'])) return false;
  const head =
    isCount(event['sequence']) &&
    isUuid(event['document_id']) &&
    isVersion(event['version']) &&
    isUuid(event['user_id']) &&
    isUuid(event['client_id']) &&
    isUuid(event['mutation_id']) &&
    isRevision(event['revision_id']) &&
    isClock(event['vector_clock']) &&
    isTime(event['created_at']);
  if (!head) return false;
  const { forward_patch: forward, reverse_patch: reverse } = event;
  switch (event['event_type']) {
    case 'update':
      return (
        hasMembers(event, 13 + caused) &&
        isListOf(forward, isOperation) &&
        isListOf(reverse, isOperation) &&
        (event['title'] === null || isTitleChange(event['title']))
      );
    case 'create':
      return hasMembers(event, 12 + caused) && isDocument(forward) && reverse === null;
    case 'delete':
      return hasMembers(event, 12 + caused) && forward === null && isDocument(reverse);
    case 'restore':
      return hasMembers(event, 12 + caused) && isDocument(forward) && (reverse === null || isDocument(reverse));
    default:
      return false;
  }
}

function isDocument(document: JsonValue | undefined): boolean {
  return (
    isJsonObject(document) &&
    hasMembers(document, 10) &&
    isUuid(document['id']) &&
    isUuid(document['user_id']) &&
    isTitle(document['title']) &&
    document['content'] !== undefined &&
    isRevision(document['revision_id']) &&
    isVersion(document['version']) &&
    isClock(document['vector_clock']) &&
    isTime(document['created_at']) &&
    isTime(document['updated_at']) &&
    (document['deleted_at'] === null || isTime(document['deleted_at']))
  );
}

function isOperation(operation: JsonValue): operation is JsonObject {
  if (!isJsonObject(operation) || !isPointer(operation['path'])) return false;
  switch (operation['op']) {
    case 'add':
    case 'replace':
    case 'test':
      return hasMembers(operation, 3) && operation['value'] !== undefined;
    case 'remove':
      return hasMembers(operation, 2);
    case 'move':
    case 'copy':
      return hasMembers(operation, 3) && isPointer(operation['from']);
    default:
      return false;
  }
}

function isCause(cause: JsonValue | undefined): boolean {
  if (!isJsonObject(cause) || !hasMembers(cause, 2) || !isVersion(cause['version'])) return false;
  return cause['kind'] === 'undo' || cause['kind'] === 'redo' || cause['kind'] === 'revert';
}

function isTitleChange(change: JsonValue | undefined): boolean {
  return isJsonObject(change) && hasMembers(change, 2) && isTitle(change['from']) && isTitle(change['to']);
}

/** @param clock came through `parseJson` */
export function isClock(clock: JsonValue | undefined): boolean {
  if (!isJsonObject(clock)) return false;
  const nodes = Object.keys(clock);
  if (nodes.length > LIMITS.vectorClockEntries) return false;
  return nodes.every((node) => node !== '__proto__' && isText(node, 1, 100) && isCount(clock[node]));
}

/** So many and no others: whoever asks names them all. */
function hasMembers(object: JsonObject, count: number): boolean {
  return Object.keys(object).length === count;
}

function isListOf(value: JsonValue | undefined, isItem: (item: JsonValue) => boolean): value is readonly JsonValue[] {
  return value !== undefined && isJsonArray(value) && value.every(isItem);
}

function isText(value: JsonValue | undefined, least: number, most: number): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

function isTitle(value: JsonValue | undefined): boolean {
  return isText(value, 0, LIMITS.titleCharacters);
}

function isUuid(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isRevision(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && REVISION.test(value);
}

function isTime(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && TIME.test(value);
}

function isPointer(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && POINTER.test(value);
}

function isCount(value: JsonValue | undefined): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isVersion(value: JsonValue | undefined): boolean {
  return isCount(value) && Number(value) >= 1 && Number(value) <= LIMITS.version;
}
