/** The streaming dialect (protocol 2), client to server. Every request may carry a `request_id`; its answer echoes it. */
import { z } from 'zod';
import {
  clientIdSchema,
  conflictIdSchema,
  documentIdSchema,
  mutationIdSchema,
  streamIdSchema,
  userIdSchema,
} from '../ids.js';
import { DIGEST_BUCKETS } from '../document/state-digest.js';
import { LIMITS } from '../limits.js';
import { conflictStatusSchema } from './conflicts.js';
import {
  jsonPatchSchema,
  jsonValueSchema,
  requestIdSchema,
  sequenceSchema,
  timestampSchema,
  titleSchema,
  tokenSchema,
  versionSchema,
} from './shapes.js';

const requestId = { request_id: requestIdSchema.optional() };

const mutationHead = {
  mutation_id: mutationIdSchema,
  stream_id: streamIdSchema,
  document_id: documentIdSchema,
};

/** The version that the author knew; 0 where it had only its own creation, still under way. */
const baseVersion = z.int().min(0).max(LIMITS.version);

/** The conflict whose loss the mutation brings back: it is marked `applied` where nothing of the mutation is lost again. */
const appliesConflict = conflictIdSchema.optional();

/** One write. Sent again with the same `mutation_id`, it is answered as the first time and changes nothing. */
export const mutationSchema = z.discriminatedUnion('kind', [
  z.object({ ...mutationHead, kind: z.literal('create'), title: titleSchema, content: jsonValueSchema }),
  z.object({
    ...mutationHead,
    kind: z.literal('update'),
    base_version: baseVersion,
    patch: jsonPatchSchema,
    title: titleSchema.optional(),
    applies_conflict: appliesConflict,
  }),
  z.object({
    ...mutationHead,
    kind: z.literal('delete'),
    base_version: baseVersion,
    applies_conflict: appliesConflict,
  }),
  z.object({ ...mutationHead, kind: z.literal('restore') }),
  z.object({
    ...mutationHead,
    kind: z.literal('undo'),
    /** The version that the change made; without it, the user's own latest one that stands. */
    version: versionSchema.nullish(),
    force: z.boolean().optional(),
  }),
  z.object({
    ...mutationHead,
    kind: z.literal('redo'),
    /** The version that the undo made; without it, the user's own last one that stands. */
    version: versionSchema.nullish(),
    force: z.boolean().optional(),
  }),
  z.object({ ...mutationHead, kind: z.literal('revert'), to_version: versionSchema }),
]);
export type Mutation = z.infer<typeof mutationSchema>;

/** What can still be said of a mutation that does not decode: which one it was. */
export const mutationIdOnlySchema = z.object({ mutation_id: mutationIdSchema });

export const streamingUpSchema = z.discriminatedUnion('type', [
  z.object({
    ...requestId,
    type: z.literal('authenticate'),
    protocol: z.literal(2),
    client_id: clientIdSchema,
    auth_token: tokenSchema,
    /** Demo mode only: elsewhere the token says who it is. */
    user_id: userIdSchema.optional(),
    /** Name and version of the SDK, for the server's log. */
    sdk: z.string().max(100).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('mutate'),
    /** Each one is decoded on its own, so that a bad one fails alone. */
    mutations: z.array(z.unknown()).min(1).max(LIMITS.mutationsPerFrame),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_changes_since'),
    stream_id: streamIdSchema,
    last_sequence: sequenceSchema,
    limit: z.int().min(1).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_snapshot'),
    stream_id: streamIdSchema,
    cursor: z.string().max(200).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_history'),
    stream_id: streamIdSchema,
    document_id: documentIdSchema,
    before_version: versionSchema.optional(),
    limit: z.int().min(1).optional(),
  }),
  z
    .object({
      ...requestId,
      type: z.literal('get_document_at'),
      stream_id: streamIdSchema,
      document_id: documentIdSchema,
      version: versionSchema.optional(),
      timestamp: timestampSchema.optional(),
    })
    .refine(({ version, timestamp }) => (version === undefined) !== (timestamp === undefined), {
      error: 'either a version or a timestamp',
    }),
  z
    .object({
      ...requestId,
      type: z.literal('get_stream_at'),
      stream_id: streamIdSchema,
      sequence: sequenceSchema.optional(),
      timestamp: timestampSchema.optional(),
      include_deleted: z.boolean().optional(),
      cursor: z.string().max(200).optional(),
      limit: z.int().min(1).optional(),
    })
    .refine(({ sequence, timestamp }) => (sequence === undefined) !== (timestamp === undefined), {
      error: 'either a sequence or a timestamp',
    }),
  z.object({
    ...requestId,
    type: z.literal('get_digest'),
    stream_id: streamIdSchema,
    /** The digests of its 256 buckets as well, to find out where a difference is. */
    buckets: z.boolean().optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_document_digests'),
    stream_id: streamIdSchema,
    buckets: z
      .array(
        z
          .int()
          .min(0)
          .max(DIGEST_BUCKETS - 1),
      )
      .min(1)
      .max(DIGEST_BUCKETS),
    cursor: documentIdSchema.optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_documents'),
    stream_id: streamIdSchema,
    document_ids: z.array(documentIdSchema).min(1).max(LIMITS.snapshotPage),
  }),
  z.object({
    ...requestId,
    type: z.literal('search'),
    stream_id: streamIdSchema,
    /** What the content contains: these members, and arrays with these items. */
    contains: jsonValueSchema.optional(),
    /** Values that stand at JSON pointers into the content. All of it has to hold. */
    where: z
      .array(z.object({ path: z.string().max(LIMITS.pointerCharacters), equals: jsonValueSchema }))
      .max(LIMITS.searchPaths)
      .optional(),
    cursor: documentIdSchema.optional(),
    limit: z.int().min(1).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('list_conflicts'),
    stream_id: streamIdSchema,
    document_id: documentIdSchema.optional(),
    status: conflictStatusSchema.optional(),
    cursor: conflictIdSchema.optional(),
    limit: z.int().min(1).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('get_conflict'),
    stream_id: streamIdSchema,
    conflict_id: conflictIdSchema,
  }),
  z.object({
    ...requestId,
    type: z.literal('dismiss_conflict'),
    stream_id: streamIdSchema,
    conflict_id: conflictIdSchema,
  }),
  z.object({ ...requestId, type: z.literal('ack_changes'), stream_id: streamIdSchema, up_to_sequence: sequenceSchema }),
  z.object({
    ...requestId,
    type: z.literal('subscribe'),
    stream_ids: z.array(streamIdSchema).min(1).max(LIMITS.streamsPerFrame),
  }),
  z.object({
    ...requestId,
    type: z.literal('unsubscribe'),
    stream_ids: z.array(streamIdSchema).min(1).max(LIMITS.streamsPerFrame),
  }),
  z.object({ ...requestId, type: z.literal('ping') }),
]);
export type StreamingUp = z.infer<typeof streamingUpSchema>;
export type StreamingUpOf<T extends StreamingUp['type']> = Extract<StreamingUp, { type: T }>;
