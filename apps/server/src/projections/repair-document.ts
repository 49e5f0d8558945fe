/** Writes one row of the projection anew from the log, while nobody else can write in its stream. */
import type { DataSource, QueryRunner } from 'typeorm';
import type { StoredDocument } from '../event-store/rows.js';
import { readEventsOf } from './log-reader.js';
import { replay, type DocumentKey, type Replayed } from './replay.js';

const UPSERT = `
  INSERT INTO documents (stream_id, id, user_id, title, content, version, revision_id, vector_clock, last_sequence,
                         characters, created_at, updated_at, deleted_at)
  VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::json, $9, $10, $11, $12, $13)
  ON CONFLICT (stream_id, id) DO UPDATE SET
    user_id = EXCLUDED.user_id, title = EXCLUDED.title, content = EXCLUDED.content, version = EXCLUDED.version,
    revision_id = EXCLUDED.revision_id, vector_clock = EXCLUDED.vector_clock, last_sequence = EXCLUDED.last_sequence,
    characters = EXCLUDED.characters, created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at,
    deleted_at = EXCLUDED.deleted_at`;

/** @returns whether the log allowed it: a document whose log is faulty keeps its row, which may be all that is left */
export async function repairDocument(dataSource: DataSource, key: DocumentKey): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    // The pipeline takes the same row first, so no event can be added before we are done.
    await runner.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [key.streamId]);
    const replayed = await firstOf(replay(readEventsOf(runner, key)));
    const possible = replayed?.fault == null;
    if (possible) await write(runner, key, replayed?.document);
    await runner.commitTransaction();
    return possible;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

async function write(runner: QueryRunner, key: DocumentKey, document: StoredDocument | undefined): Promise<void> {
  if (!document) {
    await runner.query('DELETE FROM documents WHERE stream_id = $1 AND id = $2', [key.streamId, key.documentId]);
    return;
  }
  const { state, lastSequence, characters } = document;
  await runner.query(UPSERT, [
    state.streamId,
    state.id,
    state.userId,
    state.title,
    JSON.stringify(state.content),
    state.version,
    state.revisionId,
    JSON.stringify(state.vectorClock),
    lastSequence,
    characters,
    state.createdAt,
    state.updatedAt,
    state.deletedAt,
  ]);
}

async function firstOf(replayed: AsyncGenerator<Replayed>): Promise<Replayed | undefined> {
  const step = await replayed.next();
  return step.done ? undefined : step.value;
}
