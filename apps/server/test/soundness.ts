/** What must hold of a database at any time, whatever was done to it: a log without gaps, chained, and its replay beside it. */
import { DataSource } from 'typeorm';
import { verifyStreams } from '../src/audit/verify-streams.js';
import { verifyProjection } from '../src/projections/verify-projection.js';
import type { TestServer } from './test-server.js';

/** Rows and packs. */
const LOG = `
  SELECT stream_id, document_id, version, sequence, mutation_id FROM events
  UNION ALL SELECT stream_id, document_id, version, sequence, mutation_id FROM packed_events`;

export async function expectSound(server: TestServer): Promise<void> {
  const report = await verifyProjection(server.app.get(DataSource));
  expect(report.faults).toEqual([]);
  expect(report.differences).toEqual([]);
  expect(report.wrongDigests).toEqual([]);
  const versions = await server.query(
    `SELECT document_id FROM (${LOG}) e GROUP BY stream_id, document_id
     HAVING min(version) <> 1 OR max(version) <> count(*)`,
  );
  expect(versions).toEqual([]);
  const orphans = await server.query(
    `SELECT e.mutation_id FROM (${LOG}) e LEFT JOIN mutations m USING (stream_id, mutation_id)
      WHERE m.sequence IS DISTINCT FROM e.sequence OR m.version IS DISTINCT FROM e.version`,
  );
  expect(orphans).toEqual([]);
  for await (const { streamId, fault } of verifyStreams(server.app.get(DataSource))) {
    expect({ streamId, fault }).toEqual({ streamId, fault: null });
  }
}
