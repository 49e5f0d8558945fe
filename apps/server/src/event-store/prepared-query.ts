/**
 * Runs a statement as a named prepared one on a connection of TypeORM's pool: PostgreSQL parses and plans it once a
 * connection, which for the statements of the write path is a good part of their cost.
 */
import type { PoolClient, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';

export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

export async function queryPrepared<Row extends QueryResultRow>(
  dataSource: DataSource,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<Row[]> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as PoolClient;
    const result = await client.query<Row>({ name: statement.name, text: statement.text, values: [...values] });
    return result.rows;
  } finally {
    await runner.release();
  }
}
