/**
 * What the gateway and the pipeline tell of their doings, for the live log that `MONITORING=true` prints. Nothing here
 * carries a token; patches are shown only where an operator has asked for that log.
 */
import type { Conflict, DocumentEvent } from '@json-database-sync/domain';

/** A connection as people are shown it. */
export interface Peer {
  readonly sessionId: string;
  readonly address: string;
  readonly userId: string | null;
  readonly clientId: string | null;
  readonly protocol: 1 | 2 | null;
}

export abstract class ActivityLog {
  /** False where nobody looks: callers skip what is dear to describe. */
  abstract readonly enabled: boolean;
  abstract connected(peer: Peer): void;
  abstract authenticated(peer: Peer): void;
  abstract refused(peer: Peer, code: string, reason: string): void;
  abstract received(peer: Peer, type: string, bytes: number): void;
  abstract sent(peer: Peer, type: string, bytes: number): void;
  abstract disconnected(peer: Peer, code: number): void;
  abstract committed(event: DocumentEvent, sequence: number): void;
  abstract conflicted(documentId: string, conflict: Conflict): void;
}
