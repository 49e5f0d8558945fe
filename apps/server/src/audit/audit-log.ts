/**
 * The log of one stream, read for its audit trail: oldest first, in pages after a sequence, narrowed down by filters.
 *
 * What a page costs is bounded. Without a document, it looks at no more than `SCANNED` events by the log's own order, and
 * may find none that fit and yet not be the last. With one, it looks at that document's events. No index is kept for
 * users and times: of a log of 200,000 events, 5,000 are looked through in 2 ms by the primary key, in 60 to 190 ms where they
 * are packed, and an index would be paid for with every write.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  LIMITS,
  SyncError,
  type AuditKind,
  type DocumentId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import { DataSource } from 'typeorm';
import { queryBounded } from '../event-store/bounded-query.js';
import { EVENT_COLUMNS } from '../event-store/rows.js';
import { Turns } from '../turns.js';
import type { HashedRow } from './audit-record.js';

/** What is wanted; all of it has to fit. */
export interface AuditFilter {
  readonly user?: UserId | undefined;
  readonly document?: DocumentId | undefined;
  /** RFC 3339, from this time on. */
  readonly from?: string | undefined;
  /** RFC 3339, before this time. */
  readonly to?: string | undefined;
  readonly kind?: AuditKind | undefined;
}

export interface AuditRows {
  readonly rows: readonly HashedRow[];
  /** After which sequence the next page begins; null where nothing more can follow. */
  readonly next: number | null;
}

export interface LogHead {
  readonly sequence: number;
  readonly hash: string;
}

/** Events of a stream that one page looks at. */
export const SCANNED = 5_000;
const TIMEOUT_MS = 5_000;
/** Reading a log through takes long, and connections that writing needs: never more than a few at once. */
const BOUNDS = { atOnce: 2, waiting: 100 };

const eventColumns = [...EVENT_COLUMNS, 'hash'].map((column) => `e.${column}`).join(', ');

/** `$1` the stream, `$2` after this, `$3` up to this, `$4` at most so many, `$5` so many characters; the filters follow. */
const pageText = (source: string): string => `
  SELECT ${eventColumns}, e.found FROM (
    SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.sequence) - e.characters AS before,
           count(*) OVER () AS found
      FROM (
        SELECT ${eventColumns} FROM ${source} e
         WHERE e.sequence > $2::bigint AND e.sequence <= $3::bigint
           AND ($6::uuid IS NULL OR e.user_id = $6) AND ($7::uuid IS NULL OR e.document_id = $7)
           AND ($8::timestamptz IS NULL OR e.created_at >= $8) AND ($9::timestamptz IS NULL OR e.created_at < $9)
           AND ($10::text IS NULL OR e.type = $10 OR e.cause_kind = $10)
         ORDER BY e.sequence LIMIT $4
      ) e
  ) e WHERE e.before < $5 ORDER BY e.sequence`;

const OF_STREAM = pageText('events_of_stream($1, $2::bigint + 1, $3::bigint)');
const OF_DOCUMENT = pageText(`events_of_document($1, $7, 1, ${LIMITS.version})`);

type FoundRow = HashedRow & { readonly found: string };

@Injectable()
export class AuditLog {
  private readonly turns = new Turns(BOUNDS, 'too many logs are being read at this moment');

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @throws SyncError `forbidden` where there is no such stream */
  async head(streamId: StreamId): Promise<LogHead> {
    const [row] = await this.dataSource.query<{ last_sequence: string; head_hash: Buffer }[]>(
      'SELECT last_sequence, head_hash FROM streams WHERE id = $1',
      [streamId],
    );
    if (!row) throw new SyncError('forbidden');
    return { sequence: Number(row.last_sequence), hash: row.head_hash.toString('hex') };
  }

  /** The hash of an event; null where the log does not have it, or has it no more. */
  async hashOf(streamId: StreamId, sequence: number): Promise<string | null> {
    const [row] = await this.dataSource.query<{ hash: Buffer }[]>('SELECT hash FROM events_of_stream($1, $2, $2)', [
      streamId,
      sequence,
    ]);
    return row?.hash.toString('hex') ?? null;
  }

  /** The sequence of the first event after this one; null where none follows. */
  async firstAfter(streamId: StreamId, sequence: number): Promise<number | null> {
    const [row] = await this.dataSource.query<{ next: string | null }[]>('SELECT next_sequence($1, $2) AS next', [
      streamId,
      sequence,
    ]);
    return row?.next == null ? null : Number(row.next);
  }

  /**
   * @param range after a sequence, and up to one: the head when the reading began
   * @throws SyncError `overloaded`, or `timed_out`
   */
  async page(
    streamId: StreamId,
    filter: AuditFilter,
    range: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): Promise<AuditRows> {
    const { after, upTo, limit } = range;
    if (after >= upTo) return { rows: [], next: null };
    const wholeDocument = filter.document !== undefined;
    const { user, document, from, to: before, kind } = filter;
    const narrowed = [user, document, from, before, kind].map((value) => value ?? null);
    // Without a filter every event fits, and there is no need to look further than the page.
    const looked = narrowed.every((value) => value === null) ? limit : SCANNED;
    const to = wholeDocument ? upTo : Math.min(upTo, after + looked);
    const found = await this.turns.take(() =>
      queryBounded<FoundRow>(this.dataSource, {
        text: wholeDocument ? OF_DOCUMENT : OF_STREAM,
        values: [streamId, after, to, limit, LIMITS.pageCharacters, ...narrowed],
        timeoutMs: TIMEOUT_MS,
        tookTooLong: `reading the log took more than ${TIMEOUT_MS / 1_000} seconds`,
      }),
    );
    const last = found.at(-1);
    // Cut by its number or by its size: what follows has not been looked at.
    const cut = last !== undefined && (found.length === limit || found.length < Number(last.found));
    const reached = cut ? Number(last.sequence) : to;
    return { rows: found, next: reached < upTo ? reached : null };
  }
}
