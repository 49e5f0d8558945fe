/**
 * A stream's audit trail as it is told: who did what to which document, when and from which client, with the places that
 * a change wrote and without any value. Whole events are in the export (`audit-file.ts`) and in a document's history.
 */
import { z } from 'zod';
import { clientIdSchema, documentIdSchema, mutationIdSchema, userIdSchema } from '../ids.js';
import { revisionIdSchema } from '../document/revision.js';
import { sequenceSchema, timestampSchema, versionSchema } from '../protocol/shapes.js';
import { eventHashSchema } from './hash-chain.js';

const EVENT_TYPES = ['create', 'update', 'delete', 'restore'] as const;
const CAUSES = ['undo', 'redo', 'revert'] as const;

/** What an event did, or what it was for. */
export const auditKindSchema = z.enum([...EVENT_TYPES, ...CAUSES]);
export type AuditKind = z.infer<typeof auditKindSchema>;

export const auditEntrySchema = z.object({
  sequence: z.int().min(1),
  created_at: timestampSchema,
  event_type: z.enum(EVENT_TYPES),
  cause: z.object({ kind: z.enum(CAUSES), version: versionSchema }).nullable(),
  document_id: documentIdSchema,
  version: versionSchema,
  user_id: userIdSchema,
  client_id: clientIdSchema,
  mutation_id: mutationIdSchema,
  revision_id: revisionIdSchema,
  /** Whether the title changed; a creation and a deletion have the document whole. */
  title_changed: z.boolean(),
  /** JSON pointers that an update wrote at, each once; empty for the other kinds, which are about the whole document. */
  paths: z.array(z.string()),
  hash: eventHashSchema,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A page of the trail, oldest first. It may be empty and yet not be the last: one page looks at so many events only. */
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  /** Send it as `after` for the next page; null on the last one. */
  next_after: sequenceSchema.nullable(),
  /** Where the stream was when this page was read. */
  head: z.object({ sequence: sequenceSchema, hash: eventHashSchema }),
});
export type AuditPage = z.infer<typeof auditPageSchema>;
