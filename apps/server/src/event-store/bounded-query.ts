/** Runs a statement that may take long, read only and no longer than it is allowed to. */
import { SyncError } from '@json-database-sync/domain';
import type { PoolClient, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';

export interface BoundedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly timeoutMs: number;
  /** What is said when it takes longer. */
  readonly tookTooLong: string;
}

/** @throws SyncError `timed_out` */
export async function queryBounded<Row extends QueryResultRow>(
  dataSource: DataSource,
  { text, values, timeoutMs, tookTooLong }: BoundedQuery,
): Promise<Row[]> {
  const runner = dataSource.createQueryRunner();
  const client = (await runner.connect()) as PoolClient;
  try {
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`);
    // Without a name, so that it is planned for these values: how many rows they find decides the plan.
    const { rows } = await client.query<Row>(text, [...values]);
    await client.query('COMMIT');
    return rows;
  } catch (error) {
    // Where the connection is gone, so is the transaction; the first error is the one to tell of.
    await client.query('ROLLBACK').catch(() => undefined);
    throw isTimeout(error) ? new SyncError('timed_out', tookTooLong, { cause: error }) : error;
  } finally {
    await runner.release();
  }
}

/** query_canceled, https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '57014';
}
