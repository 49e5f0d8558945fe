/** What a connected user may do in which stream. Read when it is first asked, and again when that has grown old. */
import { SyncError, type StreamId, type StreamInfo, type UserId } from '@json-database-sync/domain';
import type { EventStore } from '../event-store/event-store.js';

/** A role that was taken away counts on open connections for at most this long. */
const MAX_AGE_MS = 30_000;

export class StreamAccess {
  private roles = new Map<StreamId, StreamInfo['role']>();
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly userId: UserId,
    private readonly store: EventStore,
  ) {}

  async streams(): Promise<StreamInfo[]> {
    const streams = await this.store.streamsOf(this.userId);
    this.roles = new Map(streams.map((stream) => [stream.stream_id, stream.role]));
    this.readAt = performance.now();
    return streams;
  }

  /** @throws SyncError `forbidden`, the same for a stream that does not exist */
  async mayRead(streamId: StreamId): Promise<void> {
    await this.refresh(streamId);
    if (!this.roles.has(streamId)) throw new SyncError('forbidden');
  }

  /** @throws SyncError `forbidden` */
  async mayWrite(streamId: StreamId): Promise<void> {
    await this.refresh(streamId);
    if (this.writeVerdict(streamId) !== 'yes') throw new SyncError('forbidden');
  }

  /** Whether a write may go ahead, without a wait where the answer is known: the order of writes depends on it. */
  writeVerdict(streamId: StreamId): 'yes' | 'no' | 'unknown' {
    if (this.isOld()) return 'unknown';
    const role = this.roles.get(streamId);
    if (role === undefined) return 'unknown';
    return role === 'viewer' ? 'no' : 'yes';
  }

  async refresh(streamId: StreamId): Promise<void> {
    if (this.isOld() || !this.roles.has(streamId)) await this.streams();
  }

  private isOld(): boolean {
    return performance.now() - this.readAt > MAX_AGE_MS;
  }
}
