/**
 * Learns what has become elsewhere of the losses that are open here: another device may have dismissed one, or brought it
 * back. Asked when a session begins, and of a document when others have changed it, a document at a time.
 */
import type { ChangeEvent, DocumentId, StreamId, WireConflict } from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import type { LocalStore } from '../store/local-store.js';
import type { EngineListener } from './engine-events.js';
import { refreshDocument } from './fold-changes.js';
import { isAnswer, unexpectedAnswer, type Session } from './session.js';

export interface LedgerNewsContext {
  readonly store: LocalStore;
  readonly platform: Platform;
  readonly listener: EngineListener;
  readonly session: Session;
  readonly streamId: StreamId;
}

export class LedgerNews {
  private readonly toAsk = new Set<DocumentId>();
  private inFlight = false;

  constructor(private readonly context: LedgerNewsContext) {}

  /** Of every document that has an open loss. */
  askAll(): void {
    this.ask(this.openLosses());
  }

  /** What others have done may have brought a loss back. */
  askAbout(events: readonly ChangeEvent[]): void {
    const { store } = this.context;
    if (store.conflicts.count() === 0) return;
    const { clientId } = store.identity();
    const foreign = events.filter((event) => event.client_id !== clientId);
    for (const id of new Set(foreign.map((event) => event.document_id))) this.ask(this.openLosses(id));
  }

  /** What the server turned down altogether is not in its ledger. */
  private openLosses(documentId?: DocumentId): DocumentId[] {
    const about = documentId === undefined ? {} : { documentId };
    const losses = this.context.store.conflicts.list({ ...about, includeDismissed: false, limit: MOST });
    return losses.filter(({ error }) => error === null).map((loss) => loss.documentId);
  }

  private ask(ids: readonly DocumentId[]): void {
    for (const id of ids) this.toAsk.add(id);
    this.next();
  }

  private next(): void {
    const { session, streamId } = this.context;
    const [id] = this.toAsk;
    if (id === undefined || this.inFlight || !session.isOpen) return;
    this.toAsk.delete(id);
    this.inFlight = true;
    session.request(
      { type: 'list_conflicts', stream_id: streamId, document_id: id, limit: MOST },
      {
        answered: (frame) => {
          if (!isAnswer(frame, 'conflicts')) throw unexpectedAnswer(frame, 'list_conflicts');
          this.learn(id, frame.conflicts);
          this.goOn();
        },
        // It can be asked again at the next occasion.
        refused: () => this.goOn(),
      },
    );
  }

  private goOn(): void {
    this.inFlight = false;
    this.next();
  }

  private learn(id: DocumentId, conflicts: readonly WireConflict[]): void {
    const { store, platform, listener } = this.context;
    const settled = conflicts.filter(({ status }) => status !== 'open');
    const learned = store.transaction(() => {
      const news = settled.filter((conflict) => {
        const own = store.conflicts.get(conflict.id);
        return own?.dismissedAt === null;
      });
      for (const { id: conflictId, status, resolved_at: resolvedAt } of news) {
        const at = resolvedAt ?? timestamp(platform);
        if (status === 'applied') store.conflicts.markApplied(conflictId, at);
        else if (store.conflicts.dismiss(conflictId, at) !== undefined) store.conflicts.markTold(conflictId);
      }
      if (news.length > 0) refreshDocument(store, id);
      return news.length > 0;
    });
    if (learned) listener.committed();
  }
}

/** Of a document's losses, and of the open ones at the beginning of a session: the newest. */
const MOST = 100;
