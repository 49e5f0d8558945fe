/**
 * The classic dialect (protocol 1). It works in the user's personal stream and speaks of whole documents.
 * The numbered behaviours are those of docs/protocol.md.
 */
import {
  LIMITS,
  SyncError,
  assertNever,
  classicUpSchema,
  generationOf,
  personalStreamOf,
  toClassicChangeEvent,
  toWireDocument,
  type ClassicDownOf,
  type ClassicUpOf,
  type DocumentCommand,
  type DocumentId,
  type DocumentState,
  type JsonValue,
  type RevisionId,
  type StreamId,
} from '@json-database-sync/domain';
import { classicNews, type CommittedBatch } from '../feed/committed-batch.js';
import { newMutationId } from '../pipeline/commit-pipeline.js';
import type { CommitReply } from '../pipeline/submission.js';
import type { Authenticator } from './authenticator.js';
import type { Connection, Principal } from './connection.js';
import { decodeMessage, typeOf } from './decode-message.js';
import type { Dialect } from './dialect.js';
import type { NewsTeller } from './news.js';
import type { GatewayServices } from './services.js';

export class ClassicDialect implements Dialect, NewsTeller {
  readonly protocol = 1;
  private readonly streamId: StreamId;

  constructor(
    private readonly principal: Principal,
    private readonly connection: Connection,
    private readonly services: GatewayServices,
    private readonly authenticator: Authenticator,
  ) {
    this.streamId = personalStreamOf(principal.userId);
  }

  async handle(value: JsonValue): Promise<void> {
    // Before it is decoded: one that is wrong in itself, or of the other dialect, is judged as well.
    if (typeOf(value) === 'authenticate') return this.authenticator.again(value, this.connection);
    const message = decodeMessage(classicUpSchema, value);
    switch (message.type) {
      case 'authenticate':
        return this.authenticator.again(value, this.connection);
      case 'create_document':
        return this.create(message);
      case 'update_document':
        return this.update(message);
      case 'delete_document':
        return this.delete(message);
      case 'request_sync':
        return this.sync(message.document_ids);
      case 'request_full_sync':
        return this.syncAll();
      case 'get_changes_since':
        return this.changesSince(message);
      case 'ack_changes':
        return this.connection.send({ type: 'changes_acknowledged', sequence: message.up_to_sequence });
      case 'ping':
        return this.connection.send({ type: 'pong' });
      default:
        return assertNever(message, 'classic message');
    }
  }

  refuse(error: SyncError): void {
    this.connection.send({
      type: 'error',
      code: error.entry.classic,
      message: `${error.message.replace(/\.?$/, '.')} ${error.remedy}`,
    });
  }

  // --- writes: begun in order, answered when committed ---------------------------------------------------------

  private create({ document }: ClassicUpOf<'create_document'>): void {
    if (document.user_id != null && document.user_id !== this.principal.userId) {
      throw new SyncError('invalid_auth', 'a document can only be created for oneself');
    }
    const command: DocumentCommand = {
      kind: 'create',
      streamId: this.streamId,
      documentId: document.id,
      title: document.title,
      content: document.content,
      ...(document.vector_clock && { vectorClock: document.vector_clock }),
    };
    this.write(command, {
      done: (reply) => {
        // It was there already with this content: a retry, answered as if it had just been created.
        if (!reply.stored) this.connection.send({ type: 'document_created', document: toWireDocument(reply.state) });
      },
      // What is stored goes along, so that the client is not left behind.
      failed: (error) => (error.code === 'document_exists' ? this.sendStored(document.id) : undefined),
    });
  }

  private update({ patch }: ClassicUpOf<'update_document'>): void {
    const command: DocumentCommand = {
      kind: 'update',
      streamId: this.streamId,
      documentId: patch.document_id,
      // The revision that a classic patch names is the new one.
      baseVersion: patch.revision_id == null ? null : versionOf(patch.revision_id) - 1,
      knowsOwnChanges: false,
      patch: patch.patch,
      ...(patch.vector_clock && { vectorClock: patch.vector_clock }),
      ...(patch.checksum != null && { checksum: patch.checksum.toLowerCase() }),
    };
    this.write(command, {
      done: (reply) => {
        if (reply.status === 'applied' || reply.status === 'duplicate') return;
        this.sayConflict(reply, patch.revision_id ?? reply.state.revisionId, patch);
      },
      failed: (error) => (error.code === 'invalid_patch' ? this.sendStored(patch.document_id) : undefined),
    });
  }

  private delete(message: ClassicUpOf<'delete_document'>): void {
    const command: DocumentCommand = {
      kind: 'delete',
      streamId: this.streamId,
      documentId: message.document_id,
      baseVersion: message.revision_id == null ? null : versionOf(message.revision_id),
      knowsOwnChanges: false,
    };
    this.write(command, {
      done: (reply) => {
        if (reply.status === 'conflicted' || reply.status === 'merged')
          this.sayConflict(reply, message.revision_id ?? reply.state.revisionId);
        // Deleted before: the sender hears what it would have heard the first time.
        else if (!reply.stored) this.tell(classicNews('delete', reply.state));
      },
    });
  }

  private write(
    command: DocumentCommand,
    then: { done: (reply: CommitReply) => void; failed?: (error: SyncError) => Promise<void> | undefined },
  ): void {
    const author = { ...this.principal, mutationId: newMutationId() };
    const answered = this.services
      .execute(command, author)
      .then(then.done)
      .catch(async (error: unknown) => {
        this.connection.answerError(error);
        if (error instanceof SyncError) await then.failed?.(error);
      })
      .catch((error: unknown) => this.connection.answerError(error));
    this.connection.track(answered);
  }

  /** Behaviour 5: the sender is told of the conflict here; the feed tells everyone of the document that came of it. */
  private sayConflict(
    reply: CommitReply,
    localRevision: string,
    patch?: ClassicUpOf<'update_document'>['patch'],
  ): void {
    const { state } = reply;
    this.connection.send({
      type: 'conflict_detected',
      document_id: state.id,
      local_revision: localRevision,
      server_revision: state.revisionId,
      resolution_strategy: resolutionOf(reply, patch),
    });
  }

  private async sendStored(documentId: DocumentId): Promise<void> {
    const stored = await this.services.store.document(this.streamId, documentId);
    if (stored) this.tellDocument(stored.state);
  }

  // --- reads: after this connection's writes -------------------------------------------------------------------

  private async sync(documentIds: readonly DocumentId[]): Promise<void> {
    await this.connection.writesSettled();
    const keys = [...new Set(documentIds)].map((documentId) => ({ streamId: this.streamId, documentId }));
    let synced = 0;
    // A few at a time: each may be as large as a document may be.
    for (let at = 0; at < keys.length; at += 20) {
      for (const { state } of await this.services.store.documents(keys.slice(at, at + 20))) {
        if (state.deletedAt !== null) continue;
        this.tellDocument(state);
        synced += 1;
      }
      await this.connection.outbound.drained();
    }
    this.connection.send({ type: 'sync_complete', synced_count: synced });
  }

  private async syncAll(): Promise<void> {
    await this.connection.writesSettled();
    let after: DocumentId | null = null;
    let synced = 0;
    for (;;) {
      const page = await this.services.store.documentPage(this.streamId, {
        after,
        includeDeleted: false,
        limit: LIMITS.snapshotPage,
      });
      for (const { state } of page) this.tellDocument(state);
      synced += page.length;
      after = page.at(-1)?.state.id ?? null;
      if (after === null) break;
      await this.connection.outbound.drained();
    }
    this.connection.send({ type: 'sync_complete', synced_count: synced });
  }

  private async changesSince(message: ClassicUpOf<'get_changes_since'>): Promise<void> {
    await this.connection.writesSettled();
    const limit = Math.min(message.limit ?? LIMITS.changesPageDefault, LIMITS.changesPageMax);
    const events = await this.services.store.changesSince(this.streamId, message.last_sequence, limit);
    const latest = await this.services.store.lastSequence(this.streamId);
    const reached = events.at(-1)?.sequence ?? message.last_sequence;
    this.connection.send({
      type: 'changes',
      events: events.map(toClassicChangeEvent),
      latest_sequence: latest,
      has_more: reached < latest,
    });
  }

  // --- news ----------------------------------------------------------------------------------------------------

  tellBatch(batch: CommittedBatch): void {
    for (const frame of batch.classicFrames()) this.connection.sendFrame(frame);
  }

  /** What changed since, each document as it is now: a classic client keeps no log. */
  async tellFromLog(streamId: StreamId, sequence: number): Promise<number> {
    const events = await this.services.store.changesSince(streamId, sequence, LIMITS.changesPageDefault);
    const ids = [...new Set(events.map((event) => event.documentId))];
    const documents = await this.services.store.documents(ids.map((documentId) => ({ streamId, documentId })));
    for (const { state } of documents) this.tell(classicNews(state.deletedAt === null ? 'update' : 'delete', state));
    return events.at(-1)?.sequence ?? sequence;
  }

  tellDocument(state: DocumentState): void {
    this.tell({ type: 'sync_document', document: toWireDocument(state) });
  }

  private tell(message: Parameters<Connection['send']>[0]): void {
    this.connection.send(message);
  }
}

/** How it was settled, in the words of this dialect, which knows no resolvers: to it, they are the server. */
function resolutionOf(
  { state, strategy, conflict }: CommitReply,
  patch: ClassicUpOf<'update_document'>['patch'] | undefined,
): ClassicDownOf<'conflict_detected'>['resolution_strategy'] {
  if (strategy === 'client_wins' && !conflict) return 'client_wins';
  if (strategy !== 'manual' || !conflict || !patch) return 'server_wins';
  return {
    manual: {
      server_document: toWireDocument(state),
      client_patch: {
        document_id: state.id,
        revision_id: patch.revision_id ?? state.revisionId,
        patch: patch.patch,
        vector_clock: { ...(patch.vector_clock ?? state.vectorClock) },
        checksum: patch.checksum ?? '',
      },
    },
  };
}

/** The format of a revision id allows generations beyond any version; one of those is as far ahead as one can be. */
function versionOf(revisionId: RevisionId): number {
  return Math.min(generationOf(revisionId), LIMITS.version);
}
