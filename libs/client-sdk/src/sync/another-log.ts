/** Whether the server's log is still the one that is known here: a server restored from a backup has another. */
import {
  compareClocks,
  type ChangeEvent,
  type DocumentState,
  type Sequenced,
  type StreamId,
  type StreamingDownOf,
  type WireError,
} from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';
import type { PullerContext } from './puller-context.js';
import { isAnswer, unexpectedAnswer } from './session.js';

/**
 * The server's log ends before our cursor or has another event there: it was restored from an older backup. A change
 * of ours may have been sent again and stand at the same place, with something else before it: its time tells.
 * @param asked the cursor, whose own event was asked for as well
 */
export function isAnotherLog(
  { store, streamId }: { readonly store: LocalStore; readonly streamId: StreamId },
  asked: number,
  frame: StreamingDownOf<'changes'>,
): boolean {
  // It has answered changes of ours, perhaps, at sequences that it has not come to: what is waited for never comes.
  if (frame.latest_sequence < Math.max(asked, lastAnswered(store, streamId))) return true;
  const theirs = frame.events.find((event) => event.sequence === asked);
  if (!theirs) return false;
  const ours = store.events.at(streamId, asked);
  if (ours) return isAnotherEvent(ours, theirs);
  // Known by a snapshot only: then its document is as that event left it, unless more has come in meanwhile.
  if (store.position(streamId).cursor !== asked) return false;
  const document = store.documents.confirmed(theirs.document_id);
  return document?.revisionId !== theirs.revision_id || document.updatedAt !== theirs.created_at;
}

/**
 * For a log that no longer reaches back to our cursor, where the event there cannot be compared: the version that it made of its
 * document may be left, at another place in the log of a server that was set back.
 * @param told whether what made that version on the server is another event; false where the server does not know any more
 */
export function askForVersion(
  { session, store, streamId }: Pick<PullerContext, 'session' | 'store' | 'streamId'>,
  cursor: number,
  told: (isAnother: boolean) => void,
): void {
  const ours = store.events.at(streamId, cursor);
  if (!ours) return told(false);
  const { documentId, version } = ours;
  session.request(
    { type: 'get_history', stream_id: streamId, document_id: documentId, before_version: version + 1, limit: 1 },
    {
      answered: (frame) => {
        if (!isAnswer(frame, 'history')) throw unexpectedAnswer(frame, 'get_history');
        told(frame.events.some((event) => event.version === version && isAnotherEvent(ours, event)));
      },
      refused: () => told(false),
    },
  );
}

/** Of two that stand at one place of a log, or made one version of a document. */
function isAnotherEvent(ours: Sequenced, theirs: ChangeEvent): boolean {
  return ours.mutationId !== theirs.mutation_id || ours.createdAt !== theirs.created_at;
}

/** Events that are held against a snapshot: the newest, for a server that was set back has lost the newest. */
const LOOKED_AT = 200;

/**
 * Whether the local log up to `cursor` cannot have led to the documents that are confirmed now. Where the server was set
 * back and its log has lost its head as well, nothing but this tells the two logs apart.
 */
export function contradictsSnapshot(store: LocalStore, streamId: StreamId, cursor: number): boolean {
  for (let sequence = cursor; sequence > Math.max(0, cursor - LOOKED_AT); sequence--) {
    const event = store.events.at(streamId, sequence);
    if (event && contradicts(event, store.documents.confirmed(event.documentId))) return true;
  }
  return false;
}

function contradicts(event: Sequenced, document: DocumentState | undefined): boolean {
  if (!document || event.version > document.version) return true;
  if (event.version === document.version) {
    return event.revisionId !== document.revisionId || event.createdAt !== document.updatedAt;
  }
  if (event.type === 'create' && event.createdAt !== document.createdAt) return true;
  // A document's clock only goes forward.
  return compareClocks(event.vectorClock, document.vectorClock) !== 'before';
}

/** Refused since the server's log ends before this cursor: it was restored from an older backup. */
export function endsBefore(cursor: number, { details }: WireError): boolean {
  const latest = details?.['latest_sequence'];
  return typeof latest === 'number' && latest < cursor;
}

/** The furthest sequence at which a change of ours was settled that has not come down yet; 0 where there is none. */
function lastAnswered({ outbox }: LocalStore, streamId: StreamId): number {
  const waiting = outbox.documentIds(streamId).flatMap((id) => outbox.ofDocument(id));
  return Math.max(0, ...waiting.map(({ ackedSequence }) => ackedSequence ?? 0));
}
