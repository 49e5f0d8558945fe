/**
 * A snapshot on its way in. It outlives a connection: the next one goes on from the last page that arrived, so that a
 * large snapshot comes through over a bad line too. The pages lie in the store's stage.
 */
import type { SnapshotInText, StreamId } from '@json-database-sync/domain';
import type { LocalStore } from '../store/local-store.js';

export class SnapshotRun {
  /** null until the first page is there. */
  private sequence: number | null = null;
  private nextPage: string | undefined;
  received = 0;
  total = 0;

  constructor(
    private readonly store: LocalStore,
    readonly streamId: StreamId,
    readonly startedAtCursor: number | null,
    readonly distrustLog: boolean,
  ) {
    store.snapshots.clear();
  }

  /** What to ask for; undefined is the first page. */
  get cursor(): string | undefined {
    return this.nextPage;
  }

  /** @returns `more`, `complete`, or `broken` when the page belongs to another snapshot (the server made a new one) */
  judge(page: SnapshotInText): 'more' | 'complete' | 'broken' {
    if (page.stream_id !== this.streamId) return 'broken';
    if (this.sequence !== null && page.sequence !== this.sequence) return 'broken';
    // A page that leads to itself would never end.
    if (page.cursor !== null && page.cursor === this.nextPage) return 'broken';
    return page.cursor === null ? 'complete' : 'more';
  }

  /** Of a page that is not broken. Where it cannot be stored, it is the one to ask for still. */
  add(page: SnapshotInText): void {
    this.store.snapshots.add(page.documents);
    this.sequence = page.sequence;
    this.received += page.documents.length;
    this.total = Math.max(page.total, this.received);
    this.nextPage = page.cursor ?? undefined;
  }

  /** Of a complete run. */
  staged(): { streamId: StreamId; sequence: number; startedAtCursor: number | null; distrustLog: boolean } {
    const { streamId, startedAtCursor, distrustLog } = this;
    return { streamId, sequence: this.sequence ?? 0, startedAtCursor, distrustLog };
  }
}
