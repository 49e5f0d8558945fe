/** What time travel reads: a document's events by version, its keyframes, and what was current when. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  SyncError,
  type DocumentId,
  type DocumentState,
  type Sequenced,
  type StreamId,
  type VersionRange,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import type { DocumentKey } from './event-store.js';
import { queryPrepared, type PreparedStatement } from './prepared-query.js';
import { KEYFRAME_COLUMNS, eventColumns, toEvent, toKeyframe, type EventRow, type KeyframeRow } from './rows.js';

const keyframeColumns = KEYFRAME_COLUMNS.map((column) => `k.${column}`).join(', ');

const LOAD_EVENTS_OF_VERSIONS: PreparedStatement = {
  name: 'load_events_of_versions',
  text: `SELECT ${eventColumns} FROM events_of_document($1, $2, $3, $4) e ORDER BY e.version`,
};

/** One step in the primary key to either side, however many keyframes there are. */
const LOAD_NEAREST_KEYFRAME: PreparedStatement = {
  name: 'load_nearest_keyframe',
  text: `SELECT ${keyframeColumns} FROM (
           (SELECT ${keyframeColumns} FROM keyframes k
             WHERE k.stream_id = $1 AND k.document_id = $2 AND k.version <= $3::int ORDER BY k.version DESC LIMIT 1)
           UNION ALL
           (SELECT ${keyframeColumns} FROM keyframes k
             WHERE k.stream_id = $1 AND k.document_id = $2 AND k.version > $3::int ORDER BY k.version LIMIT 1)
         ) k
          WHERE abs(k.version - $3::int) < $4::int ORDER BY abs(k.version - $3::int) LIMIT 1`,
};

/**
 * Halving: from the highest bit down, a bit is kept where the event at that number was there by then. What the log has not
 * got any more was. So many steps as a number has bits, each a look into an index, and the same answer however long
 * the log has grown since.
 */
const LOAD_SEQUENCE_AT: PreparedStatement = {
  name: 'load_sequence_at',
  text: `WITH RECURSIVE probe (step, sequence) AS (
           SELECT 1::bigint << 40, 0::bigint
           UNION ALL
           SELECT p.step / 2, p.sequence + CASE
                    WHEN p.sequence + p.step > s.last_sequence THEN 0
                    WHEN coalesce((SELECT e.created_at <= to_timestamp($2::float8 / 1000)
                                     FROM events_of_stream($1, p.sequence + p.step, p.sequence + p.step) e), true) THEN p.step
                    ELSE 0 END
             FROM probe p JOIN streams s ON s.id = $1 WHERE p.step > 0
         ), found AS (SELECT max(sequence) AS sequence FROM probe)
         SELECT f.sequence, f.sequence = 0
                OR EXISTS (SELECT 1 FROM events_of_stream($1, f.sequence, f.sequence) e) AS known
           FROM found f`,
};

const LOAD_VERSIONS_AT: PreparedStatement = {
  name: 'load_versions_at',
  text: `SELECT k.document_id, (
           WITH RECURSIVE probe (step, version) AS (
             SELECT 1::bigint << 30, 0::bigint
             UNION ALL
             SELECT p.step / 2, p.version + CASE
                      WHEN p.version + p.step > k.version THEN 0
                      WHEN coalesce((SELECT e.sequence <= $4
                                       FROM events_of_document($1, k.document_id, (p.version + p.step)::int,
                                                               (p.version + p.step)::int) e), true) THEN p.step
                      ELSE 0 END
               FROM probe p WHERE p.step > 0
           ) SELECT max(version)::int FROM probe) AS version
           FROM unnest($2::uuid[], $3::int[]) AS k (document_id, version)`,
};

@Injectable()
export class DocumentHistory {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Oldest first; fewer where the log does not have them all. */
  async events({ streamId, documentId }: DocumentKey, { first, last }: VersionRange): Promise<Sequenced[]> {
    const values = [streamId, documentId, first, last];
    return (await queryPrepared<EventRow>(this.dataSource, LOAD_EVENTS_OF_VERSIONS, values)).map(toEvent);
  }

  /** The keyframe nearest to a version, if there is one less than `within` versions away. */
  async nearestKeyframe(
    { streamId, documentId }: DocumentKey,
    version: number,
    within: number,
  ): Promise<DocumentState | undefined> {
    const values = [streamId, documentId, version, within];
    const rows = await queryPrepared<KeyframeRow>(this.dataSource, LOAD_NEAREST_KEYFRAME, values);
    return rows[0] && toKeyframe(rows[0]);
  }

  /**
   * The sequence that the stream had come to at a time. Times are those of the servers' clocks: where one was set back, or
   * two differ, a sequence between is meant at which the time was passed.
   * @throws SyncError `history_too_long` where the log does not reach back to it
   */
  async sequenceAt(streamId: StreamId, time: string): Promise<number> {
    const values = [streamId, Date.parse(time)];
    type Row = { sequence: string; known: boolean };
    const [row] = await queryPrepared<Row>(this.dataSource, LOAD_SEQUENCE_AT, values);
    if (row && !row.known) throw new SyncError('history_too_long');
    return Number(row?.sequence ?? 0);
  }

  /**
   * The versions that documents had at a sequence; 0 where one was not there yet.
   * @param documents at any version since then
   */
  async versionsAtSequence(
    streamId: StreamId,
    documents: readonly Pick<DocumentState, 'id' | 'version'>[],
    sequence: number,
  ): Promise<ReadonlyMap<DocumentId, number>> {
    const ids = documents.map(({ id }) => id);
    const versions = documents.map(({ version }) => version);
    type Row = { document_id: DocumentId; version: number };
    const values = [streamId, ids, versions, sequence];
    const rows = await queryPrepared<Row>(this.dataSource, LOAD_VERSIONS_AT, values);
    return new Map(rows.map((row) => [row.document_id, row.version]));
  }
}
