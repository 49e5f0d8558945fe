/** The digests that the log gives the streams, held against those that are kept with them. */
import {
  EMPTY_DIGEST,
  combineDigests,
  documentDigest,
  type StateDigest,
  type StreamId,
} from '@json-database-sync/domain';
import type { DataSource, QueryRunner } from 'typeorm';
import { fromBigint } from '../event-store/digest-column.js';
import { sha256Hex } from '../sha256.js';
import type { Replayed } from './replay.js';

/** Nobody writes in the stream meanwhile, so the documents are those that the digest has to be of. */
const RECOUNT = `
  UPDATE streams s SET state_digest = (
    SELECT coalesce(bit_xor(document_digest(d.id, d.version, d.revision_id, d.deleted_at, d.title)), 0)
      FROM documents d WHERE d.stream_id = s.id)
   WHERE s.id = $1`;

export interface DigestComparison {
  /** Streams whose digest is not that of their documents; no more than were asked for. */
  readonly wrongDigests: readonly { readonly streamId: StreamId; readonly repaired: boolean }[];
  readonly wrongDigestCount: number;
  readonly repairedDigestCount: number;
}

export class StreamDigests {
  private readonly replayed = new Map<StreamId, StateDigest>();
  /** Where the log itself is wrong there is nothing to compare with. */
  private readonly unknown = new Set<StreamId>();

  add({ streamId, fault, document }: Replayed): void {
    if (fault !== null) this.unknown.add(streamId);
    else {
      const digest = documentDigest(document.state, sha256Hex);
      this.replayed.set(streamId, combineDigests(this.replayed.get(streamId) ?? EMPTY_DIGEST, digest));
    }
  }

  /**
   * @param repair where the digests that differ are to be written anew, on a connection of its own
   * @param most streams that are listed
   */
  async compare(runner: QueryRunner, repair: DataSource | null, most: number): Promise<DigestComparison> {
    const rows = (await runner.query('SELECT id, state_digest FROM streams')) as {
      id: StreamId;
      state_digest: string;
    }[];
    const wrong = rows
      .filter(({ id }) => !this.unknown.has(id))
      .filter(({ id, state_digest: kept }) => fromBigint(kept) !== (this.replayed.get(id) ?? EMPTY_DIGEST))
      .map(({ id }) => id);
    if (repair) for (const streamId of wrong) await recount(repair, streamId);
    return {
      wrongDigests: wrong.slice(0, most).map((streamId) => ({ streamId, repaired: repair !== null })),
      wrongDigestCount: wrong.length,
      repairedDigestCount: repair ? wrong.length : 0,
    };
  }
}

async function recount(dataSource: DataSource, streamId: StreamId): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [streamId]);
    await manager.query(RECOUNT, [streamId]);
  });
}
