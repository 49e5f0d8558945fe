/** Mutations of the streaming dialect, each with an id of its own. */
import { randomUUID } from 'node:crypto';
import type { JsonPatch, JsonValue } from '@json-database-sync/domain';

export function mutations(streamId: string) {
  const head = (documentId: string) => ({ mutation_id: randomUUID(), stream_id: streamId, document_id: documentId });
  return {
    create: (content: JsonValue, documentId: string = randomUUID(), title = 'a document') => ({
      ...head(documentId),
      kind: 'create' as const,
      title,
      content,
    }),
    update: (documentId: string, baseVersion: number, patch: JsonPatch, title?: string) => ({
      ...head(documentId),
      kind: 'update' as const,
      base_version: baseVersion,
      patch,
      ...(title !== undefined && { title }),
    }),
    delete: (documentId: string, baseVersion: number) => ({
      ...head(documentId),
      kind: 'delete' as const,
      base_version: baseVersion,
    }),
    restore: (documentId: string) => ({ ...head(documentId), kind: 'restore' as const }),
    undo: (documentId: string, asked: { version?: number; force?: boolean } = {}) => ({
      ...head(documentId),
      kind: 'undo' as const,
      ...asked,
    }),
    redo: (documentId: string, asked: { version?: number; force?: boolean } = {}) => ({
      ...head(documentId),
      kind: 'redo' as const,
      ...asked,
    }),
    revert: (documentId: string, toVersion: number) => ({
      ...head(documentId),
      kind: 'revert' as const,
      to_version: toVersion,
    }),
  };
}

export type MutationMaker = ReturnType<typeof mutations>;
