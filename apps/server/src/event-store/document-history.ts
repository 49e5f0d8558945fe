/** What time travel reads: a document's events by version, its keyframes, and which version was current when. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DocumentState, Sequenced, VersionRange } from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import type { DocumentKey } from './event-store.js';
import { queryPrepared, type PreparedStatement } from './prepared-query.js';
import { EVENT_COLUMNS, KEYFRAME_COLUMNS, toEvent, toKeyframe, type EventRow, type KeyframeRow } from './rows.js';

const eventColumns = EVENT_COLUMNS.map((column) => `e.${column}`).join(', ');
const keyframeColumns = KEYFRAME_COLUMNS.map((column) => `k.${column}`).join(', ');

const LOAD_EVENTS_OF_VERSIONS: PreparedStatement = {
  name: 'load_events_of_versions',
  text: `SELECT ${eventColumns} FROM events e
          WHERE e.stream_id = $1 AND e.document_id = $2 AND e.version BETWEEN $3 AND $4
          ORDER BY e.version`,
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

/** Times are those of the server's clock, which may have been set back: the later version counts. */
const LOAD_VERSION_AT: PreparedStatement = {
  name: 'load_version_at',
  text: `SELECT e.version FROM events e
          WHERE e.stream_id = $1 AND e.document_id = $2 AND e.created_at <= to_timestamp($3::float8 / 1000)
          ORDER BY e.version DESC LIMIT 1`,
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

  /** The version that was current at a time; 0 where the log has none. */
  async versionAt({ streamId, documentId }: DocumentKey, time: string): Promise<number> {
    const values = [streamId, documentId, Date.parse(time)];
    const rows = await queryPrepared<{ version: number }>(this.dataSource, LOAD_VERSION_AT, values);
    return rows[0]?.version ?? 0;
  }
}
