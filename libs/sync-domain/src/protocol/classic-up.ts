/**
 * The classic dialect (protocol 1), client to server. Frozen: clients written for the original system talk to this
 * server unchanged. Fields that the server can fill in may be left out.
 */
import { z } from 'zod';
import { revisionIdSchema } from '../document/revision.js';
import { documentIdSchema, userIdSchema } from '../ids.js';
import { LIMITS } from '../limits.js';
import {
  jsonPatchSchema,
  jsonValueSchema,
  sequenceSchema,
  titleSchema,
  tokenSchema,
  vectorClockSchema,
} from './shapes.js';

/** A node's name in a classic clock: a UUID as a rule, but the original never checked. */
const classicClientId = z.string().min(1).max(100);

const classicAuthenticate = z.object({
  type: z.literal('authenticate'),
  protocol: z.literal(1).optional(),
  user_id: userIdSchema,
  client_id: classicClientId.nullish(),
  auth_token: tokenSchema,
});

const createDocument = z.object({
  type: z.literal('create_document'),
  document: z.object({
    id: documentIdSchema,
    user_id: userIdSchema.nullish(),
    title: titleSchema,
    content: jsonValueSchema,
    vector_clock: vectorClockSchema.nullish(),
  }),
});

const updateDocument = z.object({
  type: z.literal('update_document'),
  patch: z.object({
    document_id: documentIdSchema,
    revision_id: revisionIdSchema.nullish(),
    patch: jsonPatchSchema,
    vector_clock: vectorClockSchema.nullish(),
    checksum: z.string().max(200).nullish(),
  }),
});

const deleteDocument = z.object({
  type: z.literal('delete_document'),
  document_id: documentIdSchema,
  revision_id: revisionIdSchema.nullish(),
});

const requestSync = z.object({
  type: z.literal('request_sync'),
  document_ids: z.array(documentIdSchema).max(LIMITS.idsPerFrame),
});

const requestFullSync = z.object({ type: z.literal('request_full_sync') });

const classicGetChangesSince = z.object({
  type: z.literal('get_changes_since'),
  last_sequence: sequenceSchema,
  limit: z.int().min(1).nullish(),
});

const classicAckChanges = z.object({ type: z.literal('ack_changes'), up_to_sequence: sequenceSchema });

const ping = z.object({ type: z.literal('ping') });

export const classicUpSchema = z.discriminatedUnion('type', [
  classicAuthenticate,
  createDocument,
  updateDocument,
  deleteDocument,
  requestSync,
  requestFullSync,
  classicGetChangesSince,
  classicAckChanges,
  ping,
]);
export type ClassicUp = z.infer<typeof classicUpSchema>;
export type ClassicUpOf<T extends ClassicUp['type']> = Extract<ClassicUp, { type: T }>;
