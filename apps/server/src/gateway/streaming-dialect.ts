/** The streaming dialect (protocol 2): mutations in, sequence-numbered changes out. */
import {
  LIMITS,
  SyncError,
  assertNever,
  isUsualMutate,
  requestIdSchema,
  streamingUpSchema,
  toChangeEvent,
  toWireDocument,
  toWireError,
  type JsonValue,
  type StreamId,
  type StreamingUpOf,
} from '@json-database-sync/domain';
import type { CommittedBatch } from '../feed/committed-batch.js';
import { answerComparison } from './comparisons.js';
import { answerConflicts } from './conflicts.js';
import type { Authenticator } from './authenticator.js';
import type { Connection, Principal } from './connection.js';
import { changesFrame, snapshotFrame } from './page-frames.js';
import { decodeMessage, typeOf } from './decode-message.js';
import type { Dialect } from './dialect.js';
import { carryOutMutations } from './mutations.js';
import { subscribeToNews, type NewsSubscription, type NewsTeller } from './news.js';
import { searchQueryOf } from './search.js';
import type { GatewayServices } from './services.js';
import type { StreamAccess } from './stream-access.js';

export class StreamingDialect implements Dialect, NewsTeller {
  readonly protocol = 2;
  private readonly subscriptions = new Map<StreamId, NewsSubscription>();
  private ended = false;

  constructor(
    private readonly principal: Principal,
    private readonly connection: Connection,
    private readonly services: GatewayServices,
    private readonly access: StreamAccess,
    private readonly authenticator: Authenticator,
  ) {}

  async handle(value: JsonValue): Promise<void> {
    try {
      await this.dispatch(value);
    } catch (error) {
      this.connection.answerError(error, requestIdOf(value));
    }
  }

  private async dispatch(value: JsonValue): Promise<void> {
    // Before it is decoded: one that is wrong in itself, or of the other dialect, is judged as well.
    if (typeOf(value) === 'authenticate') return this.authenticator.again(value, this.connection);
    if (isUsualMutate(value)) return this.mutate(value);
    const message = decodeMessage(streamingUpSchema, value);
    if (message.type === 'mutate') return this.mutate(message);
    if (message.type === 'ping') return this.connection.send({ type: 'pong', ...echo(message) });
    // Whatever reads sees what this connection wrote before it.
    await this.connection.writesSettled();
    switch (message.type) {
      case 'authenticate':
        return this.authenticator.again(value, this.connection);
      case 'get_changes_since':
        return this.changesSince(message);
      case 'get_snapshot':
        return this.snapshot(message);
      case 'get_history':
        return this.history(message);
      case 'get_document_at':
        return this.documentAt(message);
      case 'get_stream_at':
        return this.streamAt(message);
      case 'get_digest':
      case 'get_document_digests':
      case 'get_documents':
        return this.comparison(message);
      case 'search':
        return this.search(message);
      case 'list_conflicts':
      case 'get_conflict':
      case 'dismiss_conflict':
        return this.conflicts(message);
      case 'ack_changes':
        return this.acknowledge(message);
      case 'subscribe':
        return this.subscribe(message);
      case 'unsubscribe':
        return this.unsubscribe(message);
      default:
        return assertNever(message, 'streaming message');
    }
  }

  refuse(error: SyncError, _connection: Connection, requestId?: string): void {
    this.connection.send({
      type: 'error',
      ...toWireError(error),
      ...(requestId !== undefined && { request_id: requestId }),
    });
  }

  /** Ends all news, for a connection that has become someone else's. */
  end(): void {
    this.ended = true;
    for (const subscription of this.subscriptions.values()) subscription.end();
    this.subscriptions.clear();
  }

  private async mutate(message: StreamingUpOf<'mutate'>): Promise<void> {
    const { answered: results } = await carryOutMutations(
      message.mutations,
      this.principal,
      this.access,
      this.services,
    );
    const answered = results
      .then((all) => this.connection.send({ type: 'mutation_results', results: all, ...echo(message) }))
      .catch((error: unknown) => this.connection.answerError(error, message.request_id));
    this.connection.track(answered);
  }

  private async changesSince(message: StreamingUpOf<'get_changes_since'>): Promise<void> {
    const { stream_id: streamId, last_sequence: after } = message;
    await this.access.mayRead(streamId);
    const limit = Math.min(message.limit ?? LIMITS.changesPageDefault, LIMITS.changesPageMax);
    const { head: latest, range, text } = await this.services.store.changesPage(streamId, after, limit);
    const goneFromLog = range === null ? after < latest : range.first !== after + 1;
    if (after > latest || goneFromLog) {
      throw new SyncError('cursor_too_old', `the log cannot go on from sequence ${after}`, {
        details: { latest_sequence: latest },
      });
    }
    this.sendChanges({ streamId, latest, reached: range?.last ?? after, text }, echo(message));
    await this.connection.outbound.drained();
  }

  private async snapshot(message: StreamingUpOf<'get_snapshot'>): Promise<void> {
    await this.access.mayRead(message.stream_id);
    const page = await this.services.snapshots.page(message.stream_id, message.cursor);
    const { sequence, cursor, total } = page;
    const head = { type: 'snapshot', stream_id: message.stream_id, sequence, cursor, total, ...echo(message) } as const;
    this.connection.sendFrame(snapshotFrame(head, page.documents));
    await this.connection.outbound.drained();
  }

  private async history(message: StreamingUpOf<'get_history'>): Promise<void> {
    const { stream_id: streamId, document_id: documentId } = message;
    await this.access.mayRead(streamId);
    const limit = Math.min(message.limit ?? LIMITS.historyPageMax, LIMITS.historyPageMax);
    const before = message.before_version ?? LIMITS.version;
    const events = await this.services.store.history(streamId, documentId, before, limit);
    const oldest = events.at(-1);
    if (!oldest && message.before_version === undefined) throw new SyncError('document_not_found');
    this.connection.send({
      type: 'history',
      stream_id: streamId,
      document_id: documentId,
      events: events.map(toChangeEvent),
      has_more: oldest !== undefined && oldest.version > 1,
      ...echo(message),
    });
    await this.connection.outbound.drained();
  }

  private async documentAt(message: StreamingUpOf<'get_document_at'>): Promise<void> {
    const { stream_id: streamId, document_id: documentId, version, timestamp = '' } = message;
    await this.access.mayRead(streamId);
    const key = { streamId, documentId };
    const { timeTravel } = this.services;
    const state = await (version === undefined
      ? timeTravel.atTime(key, timestamp)
      : timeTravel.atVersion(key, version));
    this.connection.send({
      type: 'document_at',
      stream_id: streamId,
      document_id: documentId,
      version: state.version,
      document: toWireDocument(state),
      ...echo(message),
    });
    await this.connection.outbound.drained();
  }

  private async streamAt(message: StreamingUpOf<'get_stream_at'>): Promise<void> {
    const { stream_id: streamId, sequence, timestamp = '' } = message;
    await this.access.mayRead(streamId);
    const page = await this.services.streamPast.page({
      streamId,
      when: sequence === undefined ? { time: timestamp } : { sequence },
      cursor: message.cursor ?? null,
      limit: message.limit ?? LIMITS.snapshotPage,
      includeDeleted: message.include_deleted ?? false,
    });
    this.connection.send({
      type: 'stream_at',
      stream_id: streamId,
      sequence: page.sequence,
      documents: page.documents.map(toWireDocument),
      cursor: page.cursor,
      ...echo(message),
    });
    await this.connection.outbound.drained();
  }

  private async comparison(message: Parameters<typeof answerComparison>[0]): Promise<void> {
    this.connection.send({ ...(await answerComparison(message, this.access, this.services)), ...echo(message) });
    await this.connection.outbound.drained();
  }

  private async search(message: StreamingUpOf<'search'>): Promise<void> {
    await this.access.mayRead(message.stream_id);
    const { documents, next } = await this.services.search(searchQueryOf(message));
    this.connection.send({
      type: 'search_results',
      stream_id: message.stream_id,
      documents: documents.map(toWireDocument),
      cursor: next,
      ...echo(message),
    });
    await this.connection.outbound.drained();
  }

  private async conflicts(
    message: StreamingUpOf<'list_conflicts'> | StreamingUpOf<'get_conflict'> | StreamingUpOf<'dismiss_conflict'>,
  ): Promise<void> {
    this.connection.send({ ...(await answerConflicts(message, this.access, this.services)), ...echo(message) });
    await this.connection.outbound.drained();
  }

  private async acknowledge(message: StreamingUpOf<'ack_changes'>): Promise<void> {
    await this.access.mayRead(message.stream_id);
    this.connection.send({
      type: 'changes_acknowledged',
      stream_id: message.stream_id,
      sequence: message.up_to_sequence,
      ...echo(message),
    });
  }

  private async subscribe(message: StreamingUpOf<'subscribe'>): Promise<void> {
    const streamIds = [...new Set(message.stream_ids)];
    for (const streamId of streamIds) await this.access.mayRead(streamId);
    const fresh: NewsSubscription[] = [];
    const heads: { stream_id: StreamId; latest_sequence: number }[] = [];
    for (const streamId of streamIds) {
      this.subscriptions.get(streamId)?.end();
      const subscription = await subscribeToNews(streamId, this.services, this.socket(), this);
      // The connection went meanwhile: nobody would ever end this one.
      if (this.ended) return subscription.end();
      this.subscriptions.set(streamId, subscription);
      fresh.push(subscription);
      heads.push({ stream_id: streamId, latest_sequence: subscription.sequence });
    }
    this.connection.send({ type: 'subscribed', streams: heads, ...echo(message) });
    for (const subscription of fresh) subscription.begin();
  }

  private unsubscribe(message: StreamingUpOf<'unsubscribe'>): void {
    for (const streamId of message.stream_ids) {
      this.subscriptions.get(streamId)?.end();
      this.subscriptions.delete(streamId);
    }
    this.connection.send({ type: 'unsubscribed', stream_ids: message.stream_ids, ...echo(message) });
  }

  private socket() {
    const { outbound } = this.connection;
    return {
      ready: () => outbound.ready(),
      drained: () => outbound.drained(),
      failed: (error: unknown) => this.connection.answerError(error),
    };
  }

  // --- news ----------------------------------------------------------------------------------------------------

  tellBatch(batch: CommittedBatch): void {
    this.connection.sendFrame(batch.streamingFrame());
  }

  async tellFromLog(streamId: StreamId, sequence: number): Promise<number> {
    const { head, range, text } = await this.services.store.changesPage(streamId, sequence, LIMITS.changesPageMax);
    if (range === null) return sequence;
    this.sendChanges({ streamId, latest: head, reached: range.last, text });
    return range.last;
  }

  private sendChanges(
    page: { streamId: StreamId; latest: number; reached: number; text: string },
    named: { request_id?: string } = {},
  ): void {
    const { streamId, latest, reached, text } = page;
    const head = { stream_id: streamId, latest_sequence: latest, has_more: reached < latest, ...named };
    this.connection.sendFrame(changesFrame({ type: 'changes', ...head }, text));
  }

  /** A replica makes its documents of changes; one that did not change is no news to it. */
  tellDocument(): void {}
}

/** A request's id, for its answer. */
function echo(message: { readonly request_id?: string | undefined }): { request_id?: string } {
  return message.request_id === undefined ? {} : { request_id: message.request_id };
}

/** The id of a request that may be broken otherwise. */
function requestIdOf(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null || !('request_id' in value)) return undefined;
  const decoded = requestIdSchema.safeParse(value.request_id);
  return decoded.success ? decoded.data : undefined;
}
