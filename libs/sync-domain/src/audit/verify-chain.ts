/**
 * Follows a stream's chain of hashes, event by event, and names the first that is not as it was committed.
 *
 * What it finds: an event that was changed, left out, put in or moved, and a log that ends before or after the head it
 * goes by. What it cannot find alone: a chain that was written anew from some event to its head. That is what a head noted
 * elsewhere is for: it is in the chain only while everything before it is as it was.
 */
import { CHAIN_START, bodyHash, chainHash, type EventHash, type Sha256 } from './hash-chain.js';

/** An event as it is stored or exported. */
export interface ChainedEvent {
  readonly sequence: number;
  readonly hash: string;
  /** The canonical text of its record. */
  readonly record: string;
  readonly streamId: string;
  readonly documentId: string | null;
  readonly version: number | null;
}

/** Where the chain breaks. `problem` is the end of a sentence about that event. */
export interface ChainFault {
  readonly sequence: number;
  readonly documentId: string | null;
  readonly version: number | null;
  readonly problem: string;
}

export interface ChainStart {
  readonly streamId: string;
  /** The sequence of the event before the first; 0 for a whole log. */
  readonly afterSequence: number;
  /** That event's hash. null where nobody has it any more: the first event is then taken as it is. */
  readonly anchor: EventHash | null;
  /** A head of this stream that was noted at some time: it has to be met. */
  readonly notedHead?: EventHash | undefined;
}

export class ChainVerifier {
  private previous: EventHash | null;
  private notedAt: number | null = null;
  private last: number;

  constructor(
    private readonly start: ChainStart,
    private readonly sha256: Sha256,
  ) {
    this.last = start.afterSequence;
    this.previous = start.anchor ?? (start.afterSequence === 0 ? CHAIN_START : null);
    this.meet(this.previous);
  }

  /** The sequence of the last event that was found right. */
  get lastSequence(): number {
    return this.last;
  }

  /** Where the noted head was met; null while it was not. */
  get notedHeadAt(): number | null {
    return this.notedAt;
  }

  /** The hash of the last event that was found right; null where there is none to go by. */
  get head(): EventHash | null {
    return this.previous;
  }

  /** Takes the next event. After a fault, nothing more can be said of what follows. */
  add(event: ChainedEvent): ChainFault | null {
    const fault = (problem: string): ChainFault => {
      const { sequence, documentId, version } = event;
      return { sequence, documentId, version, problem };
    };
    const expected = this.last + 1;
    if (event.sequence > expected) {
      const [missing, many] = [expected, event.sequence - expected];
      return fault(many === 1 ? `follows a gap: event ${missing} is missing` : `follows a gap of ${many} events`);
    }
    if (event.sequence < expected) return fault(`is out of order: it comes after event ${this.last}`);
    if (event.streamId !== this.start.streamId) return fault('belongs to another stream');
    const hash = this.hashOf(event);
    if (hash === null) return fault('has no hash');
    if (hash !== event.hash) return fault('is not what was committed: what it says does not go with its hash');
    this.last = event.sequence;
    this.previous = hash;
    this.meet(hash);
    return null;
  }

  /** Holds the end against the head that the stream goes by. */
  end(head: { readonly sequence: number; readonly hash: string }): ChainFault | null {
    const fault = (sequence: number, problem: string): ChainFault => ({
      sequence,
      documentId: null,
      version: null,
      problem,
    });
    if (this.last < head.sequence) {
      return fault(this.last + 1, `is missing, as is all after it: the stream's head is at ${head.sequence}`);
    }
    if (this.last > head.sequence) return fault(head.sequence + 1, `is beyond the stream's head at ${head.sequence}`);
    if (this.previous !== null && this.previous !== head.hash) {
      return fault(this.last, "is not what the stream's head says: the head has another hash");
    }
    if (this.start.notedHead !== undefined && this.notedAt === null) {
      return fault(this.last, 'ends a chain in which the noted head is not: it was written anew, or is another stream');
    }
    return null;
  }

  /** The first event of a log without an anchor says its own hash; from there on they are computed. */
  private hashOf(event: ChainedEvent): EventHash | null {
    if (this.previous !== null) return chainHash(this.previous, bodyHash(event.record, this.sha256), this.sha256);
    return /^[0-9a-f]{64}$/.test(event.hash) ? (event.hash as EventHash) : null;
  }

  private meet(hash: EventHash | null): void {
    if (hash !== null && hash === this.start.notedHead) this.notedAt = this.last;
  }
}
