/**
 * A server of the streaming dialect in memory: one personal stream, decided by the domain's own `decide`, with hooks
 * to lose, repeat, hold back and forge frames. The transport's timers are the platform's, so that time is the test's.
 */
import {
  LIMITS,
  decide,
  mutationSchema,
  parseJson,
  personalStreamOf,
  streamingUpSchema,
  toChangeEvent,
  toWireError,
  SyncError,
  type ClientId,
  type ConflictStrategy,
  type DocumentState,
  type JsonPatchOperation,
  type Mutation,
  type MutationResult,
  type Sequenced,
  type StreamingDown,
  type StreamingUp,
  type StreamingUpOf,
  type UserId,
} from '@json-database-sync/domain';
import type { Connection, Transport, TransportHandlers } from '../src/transport/transport.js';
import { answerDigest, isDigestQuestion, type DigestQuestion, type DigestedStream } from './fake-digests.js';
import { commandOf, inOneFrame, resultOf } from './fake-mutations.js';
import { answerDocumentAt, answerHistory, answerStreamAt } from './fake-past.js';
import { answerChangesSince, answerSnapshot } from './fake-pages.js';
import type { FakePlatform } from './fake-platform.js';

export const USER = '0190a000-0000-7000-8000-00000000000a' as UserId;

export interface Hooks {
  /** Sees every text on its way up before anything is made of it; false keeps it from the server. */
  text?(text: string): boolean | void;
  /** Sees every frame on its way up; false loses it and ends the connection. */
  up?(frame: StreamingUp): boolean | void;
  /** Turns a frame on its way down into those that arrive; `null` ends the connection instead. */
  down?(frame: StreamingDown): StreamingDown[] | null;
  /** Answers a frame in the server's place. */
  answer?(frame: StreamingUp): StreamingDown[] | undefined;
}

interface Peer {
  handlers: TransportHandlers;
  open: boolean;
  clientId: ClientId | null;
  subscribed: boolean;
}

export class FakeServer implements Transport {
  readonly userId: UserId = USER;
  readonly streamId = personalStreamOf(USER);
  readonly events: Sequenced[] = [];
  readonly documents = new Map<string, DocumentState>();
  readonly results = new Map<string, MutationResult>();
  /** What changes lost, and against which version. */
  private readonly lost: {
    clientId: ClientId;
    documentId: string;
    serverVersion: number;
    operation: JsonPatchOperation;
  }[] = [];
  readonly frames: StreamingUp[] = [];
  hooks: Hooks = {};
  strategy: ConflictStrategy = 'server_wins';
  /** Losses that clients have dismissed, and those that they have brought back. */
  readonly dismissed: string[] = [];
  readonly applied: string[] = [];
  /** Refuses connections while true. */
  down = false;
  dials = 0;
  /** Events up to this one are no longer to be had. */
  retainedAfter = 0;
  snapshotPage = 3;
  latencyMs = 1;
  /** False: it is one from before there were digests. */
  digests = true;
  private readonly peers = new Set<Peer>();

  constructor(private readonly platform: FakePlatform) {}

  get head(): number {
    return this.events.length;
  }

  get connections(): number {
    return this.peers.size;
  }

  connect(_url: string, handlers: TransportHandlers): Connection {
    this.dials++;
    const peer: Peer = { handlers, open: true, clientId: null, subscribed: false };
    this.platform.setTimer(this.latencyMs, () => {
      if (!peer.open) return;
      if (this.down) {
        this.drop(peer, 'connection refused');
        return;
      }
      this.peers.add(peer);
      handlers.opened();
    });
    return {
      send: (text) => {
        if (!this.peers.has(peer)) return;
        this.platform.setTimer(this.latencyMs, () => this.receive(peer, text));
      },
      close: () => {
        peer.open = false;
        this.peers.delete(peer);
      },
    };
  }

  /** Every connection goes, as if the cable had been pulled. */
  dropAll(reason = 'connection reset'): void {
    for (const peer of [...this.peers]) this.drop(peer, reason);
  }

  /** A change by someone else, or by the client named. */
  commit(mutation: Mutation, clientId: ClientId): MutationResult {
    const known = this.results.get(mutation.mutation_id);
    if (known) {
      // As the real one: how it ended, not what was lost.
      const { dropped: _dropped, dropped_title: _title, conflict_reason: _reason, status, ...rest } = known;
      if (status === 'duplicate' || status === 'rejected') throw new Error('only what was carried out is remembered');
      return { ...rest, status: 'duplicate', original_status: status };
    }
    const state = this.documents.get(mutation.document_id);
    const base = 'base_version' in mutation ? mutation.base_version : 0;
    const decision = decide(state, commandOf(mutation), {
      now: new Date(this.platform.now()).toISOString(),
      userId: this.userId,
      clientId,
      mutationId: mutation.mutation_id,
      strategy: this.strategy,
      sha256Hex: (text) => this.platform.sha256Hex(text),
      since: this.events.filter((event) => event.documentId === mutation.document_id && event.version > base),
      lost: this.lost
        .filter((loss) => loss.documentId === mutation.document_id && loss.clientId === clientId)
        .flatMap((loss) => (loss.serverVersion > base ? [loss.operation] : [])),
    });
    if (decision.outcome === 'accepted' && decision.event) {
      this.events.push({ ...decision.event, sequence: this.head + 1 });
      this.documents.set(mutation.document_id, decision.state);
    }
    for (const { operation } of (decision.outcome === 'accepted' && decision.conflict?.dropped) || []) {
      if (!operation) continue;
      const serverVersion = this.documents.get(mutation.document_id)?.version ?? 0;
      this.lost.push({ clientId, documentId: mutation.document_id, serverVersion, operation });
    }
    const result = resultOf(mutation, decision, this.head);
    if ('applies_conflict' in mutation && mutation.applies_conflict && ['applied', 'merged'].includes(result.status))
      this.applied.push(mutation.applies_conflict);
    if (decision.outcome !== 'rejected') this.results.set(mutation.mutation_id, result);
    return result;
  }

  /** Sends what was committed after a sequence to everyone who is subscribed. */
  broadcast(after: number): void {
    const events = this.events.slice(after).map((event) => toChangeEvent(event));
    if (events.length === 0) return;
    const frame: StreamingDown = {
      type: 'changes',
      stream_id: this.streamId,
      events,
      latest_sequence: this.head,
      has_more: false,
    };
    for (const peer of this.peers) if (peer.subscribed) this.send(peer, frame);
  }

  /** What a backup of long ago holds. */
  restoreTo(sequence: number): void {
    this.events.length = sequence;
    this.documents.clear();
    for (const event of this.events) {
      const before = this.documents.get(event.documentId);
      if (event.type === 'create' || event.type === 'restore') this.documents.set(event.documentId, event.forward);
      else if (before) this.documents.set(event.documentId, { ...before, version: event.version });
    }
    for (const [id, result] of this.results) if ((result.sequence ?? 0) > sequence) this.results.delete(id);
  }

  private drop(peer: Peer, reason: string): void {
    if (!peer.open) return;
    peer.open = false;
    this.peers.delete(peer);
    peer.handlers.closed(reason);
  }

  private receive(peer: Peer, text: string): void {
    if (!peer.open || this.hooks.text?.(text) === false) return;
    const json = parseJson(text, { maxDepth: LIMITS.frameDepth });
    if (!json.ok) throw new Error(`the client sent what cannot be read: ${json.reason}`);
    const frame = streamingUpSchema.parse(json.value);
    this.frames.push(frame);
    if (this.hooks.up?.(frame) === false) {
      this.drop(peer, 'connection reset');
      return;
    }
    const forged = this.hooks.answer?.(frame);
    if (forged) {
      for (const answer of forged) this.reply(peer, frame, answer);
      return;
    }
    if (isDigestQuestion(frame))
      this.reply(peer, frame, this.digests ? answerDigest(frame, this.digested()) : unknown());
    else this.answer(peer, frame);
  }

  private answer(peer: Peer, frame: Exclude<StreamingUp, DigestQuestion>): void {
    switch (frame.type) {
      case 'authenticate':
        peer.clientId = frame.client_id;
        this.reply(peer, frame, this.welcome(frame.client_id));
        break;
      case 'subscribe':
        peer.subscribed = true;
        this.reply(peer, frame, {
          type: 'subscribed',
          streams: frame.stream_ids.map((stream_id) => ({ stream_id, latest_sequence: this.head })),
        });
        break;
      case 'mutate': {
        const before = this.head;
        const mutations = frame.mutations.map((raw) => mutationSchema.parse(raw));
        const results = inOneFrame(mutations, this.results, (each) => this.commit(each, peer.clientId!));
        this.reply(peer, frame, { type: 'mutation_results', results });
        this.broadcast(before);
        break;
      }
      case 'get_changes_since':
        this.reply(peer, frame, this.changesSince(frame));
        break;
      case 'get_snapshot':
        this.reply(peer, frame, this.snapshot(frame));
        break;
      case 'get_history':
        this.reply(peer, frame, answerHistory(frame, this.events));
        break;
      case 'get_document_at':
        this.reply(peer, frame, answerDocumentAt(frame, this.events));
        break;
      case 'get_stream_at':
        this.reply(peer, frame, answerStreamAt(frame, this.streamId, this.events, this.retainedAfter));
        break;
      case 'ack_changes':
        this.reply(peer, frame, {
          type: 'changes_acknowledged',
          stream_id: frame.stream_id,
          sequence: frame.up_to_sequence,
        });
        break;
      case 'dismiss_conflict':
        this.dismissed.push(frame.conflict_id);
        this.reply(peer, frame, {
          type: 'conflict_dismissed',
          stream_id: frame.stream_id,
          conflict_id: frame.conflict_id,
          status: 'dismissed',
        });
        break;
      case 'list_conflicts':
      case 'get_conflict':
        this.reply(peer, frame, { type: 'error', ...toWireError(new SyncError('document_not_found')) });
        break;
      case 'ping':
        this.reply(peer, frame, { type: 'pong' });
        break;
      case 'search':
      case 'unsubscribe':
        break;
    }
  }

  welcome(clientId: ClientId, userId: UserId = this.userId): StreamingDown {
    return {
      type: 'auth_success',
      session_id: '0190a000-0000-7000-8000-0000000000ff' as never,
      client_id: clientId,
      user_id: userId,
      protocol: 2,
      server_time: new Date(this.platform.now()).toISOString(),
      limits: this.digests ? { digestPage: 1_000 } : {},
      streams: [
        {
          stream_id: this.streamId,
          name: 'personal',
          role: 'owner',
          latest_sequence: this.head,
          strategy: this.strategy,
        },
      ],
    };
  }

  private digested(): DigestedStream {
    const { streamId, head, strategy, documents } = this;
    return { streamId, head, strategy, documents, page: 2, sha256Hex: (text) => this.platform.sha256Hex(text) };
  }

  changesSince(frame: StreamingUpOf<'get_changes_since'>): StreamingDown {
    return answerChangesSince(frame, this.streamId, this.events, this.retainedAfter);
  }

  snapshot(frame: StreamingUpOf<'get_snapshot'>): StreamingDown {
    return answerSnapshot(frame, this.streamId, this.head, [...this.documents.values()], this.snapshotPage);
  }

  private reply(peer: Peer, request: StreamingUp, frame: StreamingDown): void {
    this.send(peer, request.request_id === undefined ? frame : { ...frame, request_id: request.request_id });
  }

  private send(peer: Peer, frame: StreamingDown): void {
    const frames = this.hooks.down ? this.hooks.down(frame) : [frame];
    if (frames === null) {
      this.platform.setTimer(this.latencyMs, () => this.drop(peer, 'connection reset'));
      return;
    }
    for (const each of frames) this.sendText(peer, JSON.stringify(each));
  }

  private sendText(peer: Peer, text: string): void {
    this.platform.setTimer(this.latencyMs, () => {
      if (peer.open) peer.handlers.received(text);
    });
  }

  /** Bytes of the test's own choosing, to everyone. */
  sendRaw(text: string): void {
    for (const peer of this.peers) this.sendText(peer, text);
  }
}

function unknown(): StreamingDown {
  return { type: 'error', ...toWireError(new SyncError('invalid_message')) };
}
