/**
 * Hands committed events to the connections of this node. A push may be lost (a slow socket, another node's commit)
 * without anything being lost: every subscriber knows the last sequence that it passed on and reads the log from there.
 */
import { Injectable } from '@nestjs/common';
import type { DocumentState, StreamId } from '@json-database-sync/domain';
import { groupBy } from '../collections.js';
import { ActivityLog } from '../monitoring/activity-log.js';
import type { CommittedEvent } from '../pipeline/submission.js';
import { CommittedBatch } from './committed-batch.js';

export interface FeedSubscriber {
  /** Batches of one stream come in sequence order; there may be gaps between them. */
  onCommitted(batch: CommittedBatch): void;
  /** The stream has come this far; what lies between may not have been handed over. */
  onHead(streamId: StreamId, sequence: number): void;
  /** A document as it is, for those who are told documents and not changes. */
  onDocument(state: DocumentState): void;
}

@Injectable()
export class Feed {
  private readonly subscribers = new Map<StreamId, Set<FeedSubscriber>>();

  constructor(private readonly activity: ActivityLog) {}

  /** @returns how to end it */
  subscribe(streamId: StreamId, subscriber: FeedSubscriber): () => void {
    const group = this.subscribers.get(streamId) ?? new Set();
    this.subscribers.set(streamId, group.add(subscriber));
    return () => {
      group.delete(subscriber);
      if (group.size === 0 && this.subscribers.get(streamId) === group) this.subscribers.delete(streamId);
    };
  }

  /**
   * @param events committed, in sequence order a stream
   * @param unmoved documents that a change came to but did not move, as they are after these events: for those who are told
   * documents and not changes
   *
   * Handed on in a later turn of the event loop: by then the authors have their answers, and the next batch is under
   * way. Turns come in the order of these calls, so nobody is told an older state after a newer one.
   */
  publish(events: readonly CommittedEvent[], unmoved: readonly DocumentState[]): void {
    if (events.length === 0 && unmoved.length === 0) return;
    this.later(() => {
      for (const { event } of this.activity.enabled ? events : []) this.activity.committed(event, event.sequence);
      for (const [streamId, group] of groupBy(events, ({ event }) => event.streamId)) {
        const [first, ...rest] = group;
        if (!first) continue;
        const batch = new CommittedBatch(streamId, [first, ...rest]);
        this.tell(streamId, (subscriber) => subscriber.onCommitted(batch));
      }
      for (const state of unmoved) this.tell(state.streamId, (subscriber) => subscriber.onDocument(state));
    });
  }

  noticeHead(streamId: StreamId, sequence: number): void {
    this.later(() => this.tell(streamId, (subscriber) => subscriber.onHead(streamId, sequence)));
  }

  /** In a later turn of the event loop, in the order of these calls. */
  protected later(work: () => void): void {
    setImmediate(work);
  }

  private tell(streamId: StreamId, say: (subscriber: FeedSubscriber) => void): void {
    for (const subscriber of this.subscribers.get(streamId) ?? []) say(subscriber);
  }
}
