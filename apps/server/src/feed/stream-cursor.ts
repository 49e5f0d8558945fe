/**
 * How far one connection has been told one stream.
 *
 *     live ──(gap, or the socket is slow)──> behind ──(read the log up to the head, or failed to)──> live
 *
 * Invariants: sequences are passed on in order, without a gap, each once; while `behind`, pushes are not queued in
 * memory but read from the log when the socket takes more.
 */
import type { StreamId } from '@json-database-sync/domain';
import type { CommittedBatch } from './committed-batch.js';

export interface CursorPort {
  /** Whether the socket takes more now. */
  ready(): boolean;
  /** Resolves when it does; rejects when the connection is gone. */
  drained(): Promise<void>;
  send(batch: CommittedBatch): void;
  /** Reads the log after `sequence`, passes a page on; gives the sequence that it came to. */
  sendFromLog(streamId: StreamId, sequence: number): Promise<number>;
  failed(error: unknown): void;
}

export class StreamCursor {
  /** The furthest sequence that the stream is known to have come to. */
  private head: number;
  private behind = false;
  private ended = false;

  /** @param sequence the last sequence that the connection knows */
  constructor(
    private readonly streamId: StreamId,
    private sequence: number,
    private readonly port: CursorPort,
  ) {
    this.head = sequence;
  }

  onCommitted(batch: CommittedBatch): void {
    if (this.ended || batch.lastSequence <= this.sequence) return;
    this.head = Math.max(this.head, batch.lastSequence);
    if (this.behind) return;
    if (batch.firstSequence === this.sequence + 1 && this.port.ready()) {
      this.sequence = batch.lastSequence;
      this.port.send(batch);
      return;
    }
    this.catchUp();
  }

  onHead(sequence: number): void {
    this.head = Math.max(this.head, sequence);
    if (!this.ended && !this.behind && this.sequence < this.head) this.catchUp();
  }

  end(): void {
    this.ended = true;
  }

  private catchUp(): void {
    this.behind = true;
    this.readLog().catch((error: unknown) => {
      // The next push finds a gap, and has the log read again.
      this.behind = false;
      if (!this.ended) this.port.failed(error);
    });
  }

  private async readLog(): Promise<void> {
    while (!this.ended && this.sequence < this.head) {
      await this.port.drained();
      const reached = await this.port.sendFromLog(this.streamId, this.sequence);
      // The head was announced, so the log must have it: not to see it means a replica that lags or a lie.
      if (reached <= this.sequence) break;
      this.sequence = reached;
    }
    this.behind = false;
  }
}
