/**
 * The connections that batches are written on. Taking one from TypeORM's pool and giving it back costs as much as sending the
 * statement does, so some are kept. One that failed in any way goes back, and the pool says what becomes of it. What is kept
 * when the server ends, TypeORM releases.
 */
import type { PoolClient, QueryResultRow } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import type { PreparedStatement } from '../event-store/prepared-query.js';

export class CommitConnections {
  private readonly kept: QueryRunner[] = [];

  /** @param most that are kept: fewer than the pool has, or whoever reads would wait for ever */
  constructor(
    private readonly dataSource: Pick<DataSource, 'createQueryRunner'>,
    private readonly most: number,
  ) {}

  async query<Row extends QueryResultRow>({ name, text }: PreparedStatement, values: unknown[]): Promise<Row[]> {
    const runner = this.take();
    try {
      const client = (await runner.connect()) as PoolClient;
      const { rows } = await client.query<Row>({ name, text, values });
      if (this.kept.length < this.most) this.kept.push(runner);
      else await runner.release();
      return rows;
    } catch (error) {
      await runner.release();
      throw error;
    }
  }

  private take(): QueryRunner {
    for (let kept = this.kept.pop(); kept; kept = this.kept.pop()) {
      // One whose connection has broken meanwhile has released itself.
      if (!kept.isReleased) return kept;
    }
    return this.dataSource.createQueryRunner();
  }
}
