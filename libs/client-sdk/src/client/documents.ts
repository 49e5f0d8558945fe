/**
 * The documents, as the application reads and writes them.
 *
 * Reads come from the local database and are immediate. A write is one transaction, the change in the outbox and the
 * document as it looks with it; its promise settles when that is durable, online or not.
 */
import {
  SyncError,
  applyPatch,
  documentIdSchema,
  uuidV7,
  type DocumentId,
  type JsonPatch,
  type JsonValue,
} from '@json-database-sync/domain';
import { timestamp, type Platform } from '../platform/platform.js';
import { checkedWhere } from '../query/condition.js';
import { checkedSearch } from '../query/search-text.js';
import type { PendingChange } from '../replica/pending.js';
import type { CurrentDocument, LocalStore } from '../store/local-store.js';
import {
  checkedContent,
  checkedCount,
  checkedId,
  checkedList,
  checkedSequence,
  checkedTime,
  checkedTitle,
  checkedVersion,
} from './check-input.js';
import { DocumentWriter, notFound, toDocument } from './document-writer.js';
import { planHistoryChange, type HistoryChange } from './history-change.js';
import type { History } from './history.js';
import { LiveQuery } from './live-query.js';
import { nextDocument } from './next-content.js';
import type { StreamPast } from './stream-past.js';
import type { TimeTravel } from './time-travel.js';
import type {
  BlameReport,
  ChangeNotice,
  ChangeRecord,
  Document,
  DocumentChange,
  DocumentVersion,
  FindOptions,
  HistoryOptions,
  ListOptions,
  LiveOptions,
  LiveResult,
  PointInHistory,
  SearchOptions,
  StreamVersion,
  UndoOptions,
  UndoPreview,
} from './types.js';

const SEARCH_LIMIT = 50;

export interface DocumentsContext {
  readonly store: LocalStore;
  readonly platform: Platform;
  readonly history: History;
  readonly timeTravel: TimeTravel;
  readonly streamPast: StreamPast;
  /** This process's mark on the outbox rows that it writes. */
  readonly owner: string;
  /** Throws where the client is closed. */
  readonly assertOpen: () => void;
  /** A change of this process has been committed. */
  readonly written: () => void;
  /** @returns a function that takes the listener off again */
  readonly onChange: (listener: (notice: ChangeNotice) => void) => () => void;
  /** Something failed with nobody waiting for it. */
  readonly failed: (error: unknown) => void;
}

export class Documents {
  private readonly writer: DocumentWriter;

  /** @internal made by SyncClient */
  constructor(private readonly context: DocumentsContext) {
    this.writer = new DocumentWriter(context);
  }

  /**
   * @param input.id a UUID of one's own choice; made where it is left out
   * @throws SyncError `document_exists`, `invalid_document`, `unsafe_number`, `invalid_argument`
   */
  async create(input: { id?: string; title?: string; content: JsonValue }): Promise<Document> {
    this.context.assertOpen();
    const { platform } = this.context;
    const id =
      input.id === undefined
        ? documentIdSchema.parse(uuidV7(platform.now(), () => platform.randomBytes16()))
        : checkedId(input.id);
    const title = checkedTitle(input.title ?? '');
    const content = checkedContent(input.content);
    const now = timestamp(platform);
    return this.writer.write(id, 'created', (current) => {
      if (current) throw new SyncError('document_exists', undefined, { details: { document_id: id } });
      return {
        change: { kind: 'create', title, content },
        view: { title, content, createdAt: now, updatedAt: now, deletedAt: null },
      };
    });
  }

  /** @returns undefined where there is none, or it is deleted and deleted ones were not asked for */
  get(id: string, options: { readonly includeDeleted?: boolean } = {}): Document | undefined {
    this.context.assertOpen();
    const document = this.context.store.documents.current(checkedId(id));
    if (!document || (document.deletedAt !== null && !options.includeDeleted)) return undefined;
    return toDocument(document);
  }

  /** By creation, oldest first, unless the options say otherwise. */
  list(options: ListOptions = {}): Document[] {
    this.context.assertOpen();
    return this.context.store.documents.list(checkedList(options)).map(toDocument);
  }

  /**
   * Those whose content is as `where` says at every path that it names; nothing else is read.
   * @throws SyncError `invalid_argument`
   */
  find(options: FindOptions): Document[] {
    this.context.assertOpen();
    const { where, ...list } = options;
    const query = { ...checkedList(list), condition: checkedWhere(where) };
    return this.context.store.documents.find(query).map(toDocument);
  }

  /**
   * Those with all these words, or words that begin so, in the title or in any text of the content: the best first.
   * Case and accents make no difference. No sign in the text has a meaning of its own. Pending changes are searched,
   * deleted documents are not.
   * @throws SyncError `invalid_argument` where the text is over 1,000 characters or 50 words, or an option is wrong
   */
  search(text: string, options: SearchOptions = {}): Document[] {
    this.context.assertOpen();
    const { where, limit, offset } = options;
    const list = checkedList({ limit: limit ?? SEARCH_LIMIT, ...(offset !== undefined && { offset }) });
    const query = { ...list, condition: checkedWhere(where), words: checkedSearch(text) };
    return this.context.store.documents.find(query).map(toDocument);
  }

  /**
   * A query whose result is kept up to date, whoever changes the documents: this process, the server, another process
   * on the same file. It is run again only when a document that it found, or finds now, has changed.
   * @param listener called with each new result, but not with the first, which is `current` at once
   * @throws SyncError `invalid_argument`
   */
  live(options: LiveOptions, listener: (documents: Document[]) => void): LiveResult {
    this.context.assertOpen();
    const { where, search, limit, orderBy, descending } = options;
    const most = limit ?? (search === undefined ? undefined : SEARCH_LIMIT);
    const list = checkedList({
      ...(most !== undefined && { limit: most }),
      ...(orderBy !== undefined && { orderBy }),
      ...(descending !== undefined && { descending }),
    });
    const words = search === undefined ? {} : { words: checkedSearch(search) };
    const { store, onChange, failed } = this.context;
    const query = { ...list, ...words, condition: checkedWhere(where) };
    const live = new LiveQuery({ documents: store.documents, onChange, failed }, query, () => listener(current()));
    const current = (): Document[] => live.result.map(toDocument);
    return {
      get current() {
        return current();
      },
      stop: () => live.stop(),
    };
  }

  count(options: { readonly includeDeleted?: boolean } = {}): number {
    this.context.assertOpen();
    return this.context.store.documents.count(options.includeDeleted ?? false);
  }

  /**
   * A change that changes nothing is no change: the document is returned as it is.
   * @param change new content, a merge patch (RFC 7396), a JSON Patch (RFC 6902), or a synchronous function that
   * edits a draft; each with or without a new title
   * @throws SyncError `document_not_found`, `document_deleted`, `invalid_patch`, `invalid_document`, `unsafe_number`
   */
  async update(id: string, change: DocumentChange): Promise<Document> {
    this.context.assertOpen();
    return this.writer.write(checkedId(id), 'updated', (current) => {
      if (!current) throw notFound(id);
      if (current.deletedAt !== null)
        throw new SyncError('document_deleted', undefined, { details: { document_id: id } });
      const next = nextDocument(current, change);
      if (!next) return null;
      const { title, content, contentText, patch } = next;
      return {
        change: { kind: 'update', patch, ...(title !== current.title && { title }) },
        view: {
          ...{ title, content, createdAt: current.createdAt, updatedAt: timestamp(this.context.platform) },
          ...{ deletedAt: null, ...(contentText !== undefined && { contentText }) },
        },
      };
    });
  }

  /**
   * @internal of SyncClient.applyConflict
   * @param change made of the document as it is now
   */
  async bringBack(id: DocumentId, change: (current: CurrentDocument) => PendingChange): Promise<Document> {
    this.context.assertOpen();
    const now = timestamp(this.context.platform);
    return this.writer.write(id, 'updated', (current) => {
      if (!current) throw notFound(id);
      if (current.deletedAt !== null)
        throw new SyncError('document_deleted', undefined, { details: { document_id: id } });
      const made = change(current);
      if (made.kind !== 'update') return { change: made, view: { ...current, updatedAt: now, deletedAt: now } };
      const content = checkedContent(applyPatch(current.content, made.patch), 'the content with the loss brought back');
      return { change: made, view: { ...current, content, title: made.title ?? current.title, updatedAt: now } };
    });
  }

  /** Soft: it can be restored. Deleting what is deleted already succeeds quietly. */
  async delete(id: string): Promise<void> {
    this.context.assertOpen();
    this.writer.write(checkedId(id), 'deleted', (current) => {
      if (!current) throw notFound(id);
      if (current.deletedAt !== null) return null;
      const now = timestamp(this.context.platform);
      return { change: { kind: 'delete' }, view: { ...current, updatedAt: now, deletedAt: now } };
    });
  }

  /** Brings a deleted document back. One that lives is returned as it is. */
  async restore(id: string): Promise<Document> {
    this.context.assertOpen();
    return this.writer.write(checkedId(id), 'restored', (current) => {
      if (!current) throw notFound(id);
      if (current.deletedAt === null) return null;
      const now = timestamp(this.context.platform);
      return { change: { kind: 'restore' }, view: { ...current, updatedAt: now, deletedAt: null } };
    });
  }

  /**
   * The document's changes, newest first, those that are pending included. Where the local log does not reach back
   * far enough the server is asked, if there is a connection; else what is here is returned.
   */
  async history(id: string, options: HistoryOptions = {}): Promise<ChangeRecord[]> {
    this.context.assertOpen();
    const limit = checkedCount(options.limit, 'limit', 50);
    const before = options.beforeVersion === undefined ? null : checkedCount(options.beforeVersion, 'beforeVersion', 0);
    return this.context.history.of(checkedId(id), limit, before);
  }

  /**
   * Takes back a change, whatever came after it: everything else stays as it is. It is a change in its turn, which works
   * offline, is synced like any other, and can itself be taken back.
   *
   * Where the local log does not reach back to the change, the server decides, and says no as it does to other changes.
   * @returns the document as it is then; as it was where there is nothing to take back any more
   * @throws SyncError `nothing_to_undo`, `undo_overlap` where later changes touched the same parts (its details name
   * them), `cannot_undo` for the creation, `version_mismatch`, `document_deleted`, `document_not_found`
   */
  async undo(id: string, options: UndoOptions = {}): Promise<Document> {
    const version = options.version === undefined ? null : checkedVersion(options.version);
    return this.changeHistory(id, { kind: 'undo', version, force: options.force ?? false });
  }

  /**
   * Takes back the user's last undo that stands.
   * @throws SyncError `nothing_to_redo`, and as `undo` does
   */
  async redo(id: string, options: Pick<UndoOptions, 'force'> = {}): Promise<Document> {
    return this.changeHistory(id, { kind: 'redo', version: null, force: options.force ?? false });
  }

  /**
   * Makes the document what it was at a version, whoever changed it since: one change, which can be taken back.
   * @throws SyncError `version_mismatch`, `document_not_found`
   */
  async revert(id: string, toVersion: number): Promise<Document> {
    return this.changeHistory(id, { kind: 'revert', toVersion: checkedVersion(toVersion) });
  }

  /**
   * What `undo` would do with the same options, without doing it. The server is asked for history that is not here, if
   * there is a connection.
   * @throws SyncError as `undo` does, but for `undo_overlap`; `history_too_long` where that is out of reach
   */
  async previewUndo(id: string, options: UndoOptions = {}): Promise<UndoPreview> {
    this.context.assertOpen();
    const version = options.version === undefined ? null : checkedVersion(options.version);
    return this.context.timeTravel.previewUndo(checkedId(id), version, options.force ?? false);
  }

  /**
   * The document as it was at a version, or at a time; pending changes have no version yet. Offline as far as the local
   * log reaches, else from the server.
   * @returns undefined where it did not exist at that time
   * @throws SyncError `version_mismatch`, `history_too_long` where it is out of reach, `document_not_found`
   */
  async at(id: string, when: PointInHistory): Promise<DocumentVersion | undefined> {
    this.context.assertOpen();
    const point = 'version' in when ? { version: checkedVersion(when.version) } : { time: checkedTime(when.time) };
    return this.context.timeTravel.at(checkedId(id), point);
  }

  /**
   * All documents as they were at a time, or at a sequence of the stream, in the order of their ids; pending changes have
   * no time yet. Offline as far as the local log reaches, else from the server.
   * @throws SyncError `history_too_long` where it is out of reach, `version_mismatch` for a sequence still to come
   */
  async listAt(
    when: { readonly time: string | Date } | { readonly sequence: number },
    options: { readonly includeDeleted?: boolean } = {},
  ): Promise<StreamVersion> {
    this.context.assertOpen();
    const point = 'time' in when ? { time: checkedTime(when.time) } : { sequence: checkedSequence(when.sequence) };
    return this.context.streamPast.at(point, options.includeDeleted ?? false);
  }

  /**
   * The JSON Patch from the content at one version to the content at another, older or newer.
   * @param to left out: as the document looks now, with what is pending
   * @throws SyncError as `at` does
   */
  async diff(id: string, from: number, to?: number): Promise<JsonPatch> {
    this.context.assertOpen();
    const until = to === undefined ? null : checkedVersion(to);
    return this.context.timeTravel.diff(checkedId(id), checkedVersion(from), until);
  }

  /** Who made each part of the document what it is now, pending changes included. */
  async blame(id: string): Promise<BlameReport> {
    this.context.assertOpen();
    return this.context.timeTravel.blame(checkedId(id));
  }

  private changeHistory(id: string, asked: HistoryChange): Document {
    this.context.assertOpen();
    const { store, platform } = this.context;
    const documentId = checkedId(id);
    return this.writer.write(documentId, 'updated', (_current, mutationId) =>
      planHistoryChange(store, documentId, asked, { mutationId, createdAt: timestamp(platform) }),
    );
  }
}
