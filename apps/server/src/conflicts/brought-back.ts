/** Which losses have been brought back: a change that is to bring one back once more has nothing to bring. */
import type { ConflictId, DocumentCommand, StreamId } from '@json-database-sync/domain';
import type { DataSource } from 'typeorm';
import { queryPrepared, type PreparedStatement } from '../event-store/prepared-query.js';

export interface ConflictKey {
  readonly streamId: StreamId;
  readonly conflictId: ConflictId;
}

const LOAD: PreparedStatement = {
  name: 'load_brought_back',
  text: `SELECT c.stream_id, c.id
           FROM unnest($1::uuid[], $2::uuid[]) AS k (stream_id, id) JOIN conflicts c USING (stream_id, id)
          WHERE c.status = 'applied'`,
};

/** @returns those of `keys` that have been, by `conflictKey` */
export async function broughtBack(dataSource: DataSource, keys: readonly ConflictKey[]): Promise<Set<string>> {
  const rows = await queryPrepared<{ stream_id: StreamId; id: ConflictId }>(dataSource, LOAD, [
    keys.map(({ streamId }) => streamId),
    keys.map(({ conflictId }) => conflictId),
  ]);
  return new Set(rows.map(({ stream_id: streamId, id: conflictId }) => conflictKey({ streamId, conflictId })));
}

export function conflictKey({ streamId, conflictId }: ConflictKey): string {
  return `${streamId}/${conflictId}`;
}

/** The loss that a command is to bring back, where it is to bring back one. */
export function toBringBack(command: DocumentCommand): ConflictKey | null {
  const conflictId = command.kind === 'update' || command.kind === 'delete' ? command.appliesConflict : undefined;
  return conflictId === undefined ? null : { streamId: command.streamId, conflictId };
}
