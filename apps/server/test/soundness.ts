/** What must hold of a database at any time, whatever was done to it: the log is gap-free and chained, and the projection is its replay. */
import { DataSource } from 'typeorm';
import { verifyStreams } from '../src/audit/verify-streams.js';
import { verifyProjection } from '../src/projections/verify-projection.js';
import type { TestServer } from './test-server.js';

export async function expectSound(server: TestServer): Promise<void> {
  const report = await verifyProjection(server.app.get(DataSource));
  expect(report.faults).toEqual([]);
  expect(report.differences).toEqual([]);
  expect(report.wrongDigests).toEqual([]);
  const versions = await server.query(
    `SELECT document_id FROM events GROUP BY stream_id, document_id
     HAVING min(version) <> 1 OR max(version) <> count(*)`,
  );
  expect(versions).toEqual([]);
  const orphans = await server.query(
    `SELECT e.mutation_id FROM events e LEFT JOIN mutations m USING (stream_id, mutation_id)
      WHERE m.sequence IS DISTINCT FROM e.sequence OR m.version IS DISTINCT FROM e.version`,
  );
  expect(orphans).toEqual([]);
  for await (const { streamId, fault } of verifyStreams(server.app.get(DataSource))) {
    expect({ streamId, fault }).toEqual({ streamId, fault: null });
  }
}
