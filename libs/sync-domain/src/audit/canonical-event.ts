/**
 * The canonical text of an event: what its hash is taken of, and what the log stores of its two patches.
 *
 * It is the RFC 8785 text of the event's record: the fields of a `ChangeEvent` without `sequence`, with `stream_id`, and
 * with `title` in every record (null where the title stayed, or the event is no update). Texts that were hashed are in
 * databases and exported files, so this form never changes.
 */
import type { DocumentEvent } from '../document/change-event.js';
import type { DocumentState } from '../document/document.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonPatch, JsonPatchOperation } from '../patch/json-patch.types.js';

export interface CanonicalEvent {
  readonly record: string;
  /** The two patches as they stand in the record; null where the event has none. */
  readonly forward: string | null;
  readonly reverse: string | null;
}

/**
 * The members are written in the order of their names, so that only what is inside them has to be looked at.
 * @param contentText the canonical text of the content after the event, where it is at hand: it was made for the revision,
 * and making it again is most of what a creation costs here
 */
export function canonicalEvent(event: DocumentEvent, contentText?: string): CanonicalEvent {
  const { forward, reverse } = patchesOf(event, contentText);
  const title = event.type === 'update' ? event.title : null;
  const record =
    `{"cause":${event.cause ? canonicalJson({ kind: event.cause.kind, version: event.cause.version }) : 'null'}` +
    `,"client_id":${plain(event.clientId)},"created_at":${plain(event.createdAt)}` +
    `,"document_id":${plain(event.documentId)},"event_type":${plain(event.type)},"forward_patch":${forward ?? 'null'}` +
    `,"mutation_id":${plain(event.mutationId)},"reverse_patch":${reverse ?? 'null'}` +
    `,"revision_id":${plain(event.revisionId)},"stream_id":${plain(event.streamId)}` +
    `,"title":${title ? canonicalJson({ from: title.from, to: title.to }) : 'null'},"user_id":${plain(event.userId)}` +
    `,"vector_clock":${canonicalJson(event.vectorClock)},"version":${event.version}}`;
  return { record, forward, reverse };
}

/** A deletion leaves the content as it is, so that the text of it is that of what was before as well. */
function patchesOf(
  event: DocumentEvent,
  contentText: string | undefined,
): { forward: string | null; reverse: string | null } {
  switch (event.type) {
    case 'create':
      return { forward: documentText(event.forward, contentText), reverse: null };
    case 'restore':
      return {
        forward: documentText(event.forward, contentText),
        reverse: event.reverse && documentText(event.reverse),
      };
    case 'update':
      return { forward: patchText(event.forward), reverse: patchText(event.reverse) };
    case 'delete':
      return { forward: null, reverse: documentText(event.reverse, contentText) };
  }
}

function patchText(patch: JsonPatch): string {
  return `[${patch.map(operationText).join(',')}]`;
}

function operationText(operation: JsonPatchOperation): string {
  const from = 'from' in operation ? `"from":${text(operation.from)},` : '';
  const value = 'value' in operation ? `,"value":${canonicalJson(operation.value)}` : '';
  return `{${from}"op":${plain(operation.op)},"path":${text(operation.path)}${value}}`;
}

/** A document as the wire has it. */
function documentText(state: DocumentState, contentText = canonicalJson(state.content)): string {
  return (
    `{"content":${contentText},"created_at":${plain(state.createdAt)}` +
    `,"deleted_at":${state.deletedAt === null ? 'null' : plain(state.deletedAt)},"id":${plain(state.id)}` +
    `,"revision_id":${plain(state.revisionId)},"title":${text(state.title)},"updated_at":${plain(state.updatedAt)}` +
    `,"user_id":${plain(state.userId)},"vector_clock":${canonicalJson(state.vectorClock)},"version":${state.version}}`
  );
}

/** An id, a time, a revision or a word of ours: nothing in it has to be escaped. */
function plain(value: string): string {
  return `"${value}"`;
}

function text(value: string): string {
  return JSON.stringify(value);
}
