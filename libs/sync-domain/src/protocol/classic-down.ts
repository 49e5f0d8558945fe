/** The classic dialect (protocol 1), server to client. Frozen. */
import { z } from 'zod';
import { revisionIdSchema } from '../document/revision.js';
import { documentIdSchema, sessionIdSchema, userIdSchema } from '../ids.js';
import {
  committedPatchSchema,
  sequenceSchema,
  timestampSchema,
  wireDocumentPatchSchema,
  wireDocumentSchema,
} from './shapes.js';

const classicErrorCode = z.enum([
  'invalid_auth',
  'document_not_found',
  'invalid_patch',
  'version_mismatch',
  'server_error',
  'rate_limit_exceeded',
  'invalid_message',
]);

const eventHead = {
  sequence: sequenceSchema,
  document_id: documentIdSchema,
  user_id: userIdSchema,
  revision_id: revisionIdSchema,
  created_at: timestampSchema,
};

/** A restored document comes as a `create`: the classic list of event types is fixed, and that is what it has to do. */
export const classicChangeEventSchema = z.discriminatedUnion('event_type', [
  z.object({
    ...eventHead,
    event_type: z.literal('create'),
    forward_patch: wireDocumentSchema,
    reverse_patch: z.null(),
  }),
  z.object({
    ...eventHead,
    event_type: z.literal('update'),
    forward_patch: committedPatchSchema,
    reverse_patch: committedPatchSchema,
  }),
  z.object({
    ...eventHead,
    event_type: z.literal('delete'),
    forward_patch: z.null(),
    reverse_patch: wireDocumentSchema,
  }),
]);
export type ClassicChangeEvent = z.infer<typeof classicChangeEventSchema>;

const resolutionStrategy = z.union([
  z.literal('server_wins'),
  z.literal('client_wins'),
  z.object({ manual: z.object({ server_document: wireDocumentSchema, client_patch: wireDocumentPatchSchema }) }),
]);

export const classicDownSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth_success'), session_id: sessionIdSchema, client_id: z.string() }),
  z.object({ type: z.literal('auth_error'), reason: z.string() }),
  z.object({ type: z.literal('document_created'), document: wireDocumentSchema }),
  z.object({ type: z.literal('document_updated'), patch: wireDocumentPatchSchema }),
  z.object({ type: z.literal('document_deleted'), document_id: documentIdSchema, revision_id: revisionIdSchema }),
  z.object({ type: z.literal('sync_document'), document: wireDocumentSchema }),
  z.object({ type: z.literal('sync_complete'), synced_count: z.int().min(0) }),
  z.object({
    type: z.literal('conflict_detected'),
    document_id: documentIdSchema,
    local_revision: z.string(),
    server_revision: revisionIdSchema,
    resolution_strategy: resolutionStrategy,
  }),
  z.object({
    type: z.literal('changes'),
    events: z.array(classicChangeEventSchema),
    latest_sequence: sequenceSchema,
    has_more: z.boolean(),
  }),
  z.object({ type: z.literal('changes_acknowledged'), sequence: sequenceSchema }),
  z.object({ type: z.literal('error'), code: classicErrorCode, message: z.string() }),
  z.object({ type: z.literal('pong') }),
]);
export type ClassicDown = z.infer<typeof classicDownSchema>;
export type ClassicDownOf<T extends ClassicDown['type']> = Extract<ClassicDown, { type: T }>;
