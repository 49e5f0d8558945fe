/**
 * The digest of what is confirmed, and how it was last held against the server's.
 *
 * Invariant: the digest is that of the confirmed documents, whoever changes one: `exchange` goes with each change of a single
 * one, `recount` with a change of many, in the same transaction. What a transaction exchanges is put together and written once,
 * at its end.
 */
import {
  DigestSum,
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  stateDigestSchema,
  type DigestedDocument,
  type DocumentId,
  type RevisionId,
  type Sha256Hex,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import type { Database } from 'better-sqlite3';
import type { CheckTable, StreamCheck } from './local-store.js';
import { guarded } from './sqlite-errors.js';

interface DigestedRow {
  id: string;
  version: number;
  revision_id: string;
  deleted_at: string | null;
  title: string;
}

interface CheckRow {
  verified_sequence: number | null;
  verified_at: string | null;
  repaired_documents: number;
  repaired_at: string | null;
}

export class SqliteChecks implements CheckTable {
  private readonly statements;
  /** By stream, what the transaction under way has altered so far. */
  private readonly altered = new Map<StreamId, StateDigest>();

  constructor(
    private readonly db: Database,
    private readonly sha256Hex: Sha256Hex,
  ) {
    const columns = 'id, version, revision_id, deleted_at, title';
    this.statements = {
      one: db.prepare<[string, string], DigestedRow>(
        `SELECT ${columns} FROM documents WHERE id = ? AND stream_id = ? AND version > 0`,
      ),
      all: db.prepare<[string], DigestedRow>(`SELECT ${columns} FROM documents WHERE stream_id = ? AND version > 0`),
      digest: db.prepare<[string], { digest: string }>('SELECT digest FROM checks WHERE stream_id = ?'),
      setDigest: db.prepare<[string, string]>(
        `INSERT INTO checks (stream_id, digest) VALUES (?, ?)
         ON CONFLICT (stream_id) DO UPDATE SET digest = excluded.digest`,
      ),
      check: db.prepare<[string], CheckRow>(
        'SELECT verified_sequence, verified_at, repaired_documents, repaired_at FROM checks WHERE stream_id = ?',
      ),
      setVerified: db.prepare<[string, string, number, string]>(
        `INSERT INTO checks (stream_id, digest, verified_sequence, verified_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (stream_id) DO UPDATE
         SET verified_sequence = excluded.verified_sequence, verified_at = excluded.verified_at`,
      ),
      addRepaired: db.prepare<[string, string, number, string]>(
        `INSERT INTO checks (stream_id, digest, repaired_documents, repaired_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (stream_id) DO UPDATE
         SET repaired_documents = repaired_documents + excluded.repaired_documents, repaired_at = excluded.repaired_at`,
      ),
    };
  }

  digest(streamId: StreamId): StateDigest {
    return combineDigests(this.kept(streamId) ?? EMPTY_DIGEST, this.altered.get(streamId) ?? EMPTY_DIGEST);
  }

  /**
   * The document is about to become this; undefined: to be confirmed no more.
   * @param before what is confirmed of it; looked up where it is left out
   */
  exchange(
    streamId: StreamId,
    id: DocumentId,
    next: DigestedDocument | undefined,
    before: DigestedDocument | undefined = this.stored(streamId, id),
  ): void {
    const change = combineDigests(this.digestOf(before), this.digestOf(next));
    if (change === EMPTY_DIGEST) return;
    this.altered.set(streamId, combineDigests(this.altered.get(streamId) ?? EMPTY_DIGEST, change));
    if (!this.db.inTransaction) this.settle();
  }

  /** The transaction is about to be committed. */
  settle(): void {
    for (const streamId of this.altered.keys()) this.keep(streamId, this.digest(streamId));
    this.altered.clear();
  }

  /** The transaction is taken back. */
  forget(): void {
    this.altered.clear();
  }

  recount(streamId: StreamId): boolean {
    const sum = new DigestSum();
    guarded(() => {
      for (const row of this.statements.all.iterate(streamId)) sum.add(this.digestOf(toDigested(row)));
    });
    const counted = sum.digest();
    if (counted === this.digest(streamId)) return true;
    this.altered.delete(streamId);
    this.keep(streamId, counted);
    return false;
  }

  /** All that is confirmed has been replaced by documents with this digest. Inside a transaction. */
  replace(streamId: StreamId, digest: StateDigest): void {
    this.altered.delete(streamId);
    this.keep(streamId, digest);
  }

  /** For a file from before there was a digest. Inside a transaction. */
  countOnce(streamId: StreamId): void {
    if (this.kept(streamId) !== undefined) return;
    this.recount(streamId);
    this.keep(streamId, this.digest(streamId));
  }

  of(streamId: StreamId): StreamCheck {
    const row = guarded(() => this.statements.check.get(streamId));
    return {
      verifiedSequence: row?.verified_sequence ?? null,
      verifiedAt: row?.verified_at ?? null,
      repairedDocuments: row?.repaired_documents ?? 0,
      repairedAt: row?.repaired_at ?? null,
    };
  }

  setVerified(streamId: StreamId, sequence: number, at: string): void {
    guarded(() => this.statements.setVerified.run(streamId, EMPTY_DIGEST, sequence, at));
  }

  addRepaired(streamId: StreamId, documents: number, at: string): void {
    guarded(() => this.statements.addRepaired.run(streamId, EMPTY_DIGEST, documents, at));
  }

  private stored(streamId: StreamId, id: DocumentId): DigestedDocument | undefined {
    const row = guarded(() => this.statements.one.get(id, streamId));
    return row && toDigested(row);
  }

  private kept(streamId: StreamId): StateDigest | undefined {
    const text = guarded(() => this.statements.digest.get(streamId)?.digest);
    // What is no digest is one that differs: it is counted anew once that is noticed.
    return text === undefined ? undefined : (stateDigestSchema.safeParse(text).data ?? EMPTY_DIGEST);
  }

  private keep(streamId: StreamId, digest: StateDigest): void {
    guarded(() => this.statements.setDigest.run(streamId, digest));
  }

  digestOf(document: DigestedDocument | undefined): StateDigest {
    return documentDigest(document, this.sha256Hex);
  }
}

function toDigested(row: DigestedRow): DigestedDocument {
  return {
    id: row.id as DocumentId,
    version: row.version,
    revisionId: row.revision_id as RevisionId,
    deletedAt: row.deleted_at,
    title: row.title,
  };
}
