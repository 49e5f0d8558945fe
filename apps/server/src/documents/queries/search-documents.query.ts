import { LIMITS, type DocumentId, type StreamId } from '@json-database-sync/domain';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { queryBounded } from '../../event-store/bounded-query.js';
import { DOCUMENT_COLUMNS, toStoredDocument, type DocumentRow } from '../../event-store/rows.js';
import { Turns } from '../../turns.js';
import { sqlOf, type DocumentCondition } from './document-condition.js';
import type { DocumentsPage } from './list-documents.query.js';

/**
 * The documents of a stream that every condition holds for, in pages in the order of their ids, like
 * `ListDocumentsQuery`.
 *
 * @throws SyncError `timed_out` where it takes too long, `overloaded` where too many search
 */
export class SearchDocumentsQuery extends Query<DocumentsPage> {
  constructor(
    readonly streamId: StreamId,
    readonly conditions: readonly DocumentCondition[],
    readonly page: { readonly after: DocumentId | null; readonly limit: number; readonly includeDeleted: boolean },
  ) {
    super();
  }
}

export interface SqlQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

const SEARCH_TIMEOUT_MS = 2_000;
/** Searches may be slow, and take connections that writing needs: never more than a few of them. */
const BOUNDS = { atOnce: 2, waiting: 100 };

@QueryHandler(SearchDocumentsQuery)
export class SearchDocumentsHandler implements IQueryHandler<SearchDocumentsQuery> {
  private readonly turns = new Turns(BOUNDS, 'too many searches at this moment');

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async execute(query: SearchDocumentsQuery): Promise<DocumentsPage> {
    const rows = await this.turns.take(() =>
      queryBounded<DocumentRow>(this.dataSource, {
        ...searchStatement(query),
        timeoutMs: SEARCH_TIMEOUT_MS,
        tookTooLong: `the search took more than ${SEARCH_TIMEOUT_MS / 1_000} seconds: ask for something rarer`,
      }),
    );
    const stored = rows.map(toStoredDocument);
    const characters = stored.reduce((sum, document) => sum + document.characters, 0);
    const ended = stored.length < query.page.limit && characters < LIMITS.pageCharacters;
    return {
      documents: stored.map(({ state }) => state),
      next: ended ? null : (stored.at(-1)?.state.id ?? null),
    };
  }
}

/**
 * What matches is found first, by whatever index serves it best; only then is it put in order and cut. In one step
 * PostgreSQL would rather walk the stream in order and hope to find enough soon.
 */
export function searchStatement({ streamId, conditions, page }: SearchDocumentsQuery): SqlQuery {
  const values: unknown[] = [streamId, page.after, page.includeDeleted, page.limit, LIMITS.pageCharacters];
  const addParameter = (value: string): string => `$${values.push(value)}`;
  const wanted = conditions.map((condition) => ` AND ${sqlOf(condition, 'd.content', addParameter)}`).join('');
  const columns = DOCUMENT_COLUMNS.map((column) => `d.${column}`).join(', ');
  const text = `
    WITH matched AS MATERIALIZED (
      SELECT d.id, d.characters FROM documents d
       WHERE d.stream_id = $1 AND ($2::uuid IS NULL OR d.id > $2) AND (d.deleted_at IS NULL OR $3)${wanted}
    ), page AS (
      SELECT id, sum(characters) OVER (ORDER BY id) - characters AS before FROM matched ORDER BY id LIMIT $4
    )
    SELECT ${columns} FROM page p JOIN documents d ON d.stream_id = $1 AND d.id = p.id
     WHERE p.before < $5 ORDER BY d.id`;
  return { text, values };
}
