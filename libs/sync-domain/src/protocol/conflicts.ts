/** The ledger on the wire: the streaming dialect and HTTP show a loss in the same shape. */
import { z } from 'zod';
import type { DocumentCommand } from '../document/command.js';
import { clientIdSchema, conflictIdSchema, documentIdSchema, mutationIdSchema, userIdSchema } from '../ids.js';
import {
  committedPatchSchema,
  jsonPatchOperationSchema,
  jsonValueSchema,
  timestampSchema,
  titleSchema,
  wireDocumentSchema,
} from './shapes.js';

export const conflictStatusSchema = z.enum(['open', 'dismissed', 'applied']);
export type ConflictStatus = z.infer<typeof conflictStatusSchema>;

/** `change` is what its author had sent, `dropped` what of it lost. */
export const wireConflictSchema = z.object({
  id: conflictIdSchema,
  document_id: documentIdSchema,
  user_id: userIdSchema,
  client_id: clientIdSchema,
  mutation_id: mutationIdSchema,
  base_version: z.int().min(0),
  server_version: z.int().min(0),
  strategy: z.string(),
  reason: z.string(),
  change: z.object({
    kind: z.string(),
    patch: z.array(jsonPatchOperationSchema).optional(),
    title: titleSchema.optional(),
  }),
  dropped: z.array(z.object({ index: z.int().nullable(), operation: jsonPatchOperationSchema.nullable() })),
  dropped_title: titleSchema.nullable(),
  created_at: timestampSchema,
  status: conflictStatusSchema,
  resolved_at: timestampSchema.nullable(),
  /** The mutation that brought it back. */
  resolved_by_mutation: mutationIdSchema.nullable(),
});
export type WireConflict = z.infer<typeof wireConflictSchema>;

const side = z.object({ title: titleSchema, content: jsonValueSchema });

/** A loss with both sides. */
export const conflictDetailSchema = z.object({
  conflict: wireConflictSchema,
  /** What its author saw when making the change; null where that cannot be told any more. */
  base: side.nullable(),
  current: wireDocumentSchema,
  /** The document with the loss brought back, and the way there; null where it has no place in it any more. */
  would_be: z.object({ ...side.shape, patch: committedPatchSchema }).nullable(),
});
export type ConflictDetail = z.infer<typeof conflictDetailSchema>;

export function lostChangeOf(command: DocumentCommand): WireConflict['change'] {
  if (command.kind !== 'update') return { kind: command.kind };
  const { kind, patch, title } = command;
  return { kind, patch: [...patch], ...(title !== undefined && { title }) };
}
