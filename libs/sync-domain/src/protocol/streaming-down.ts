/** The streaming dialect (protocol 2), server to client. */
import { z } from 'zod';
import { revisionIdSchema } from '../document/revision.js';
import { DIGEST_BUCKETS, stateDigestSchema } from '../document/state-digest.js';
import {
  clientIdSchema,
  conflictIdSchema,
  documentIdSchema,
  mutationIdSchema,
  sessionIdSchema,
  streamIdSchema,
  userIdSchema,
} from '../ids.js';
import { conflictStrategySchema } from '../document/strategy.js';
import { conflictDetailSchema, conflictStatusSchema, wireConflictSchema } from './conflicts.js';
import {
  jsonPatchOperationSchema,
  committedPatchSchema,
  jsonValueSchema,
  requestIdSchema,
  sequenceSchema,
  timestampSchema,
  titleSchema,
  vectorClockSchema,
  versionSchema,
  wireDocumentSchema,
} from './shapes.js';

const requestId = { request_id: requestIdSchema.optional() };

const eventHead = {
  sequence: sequenceSchema,
  document_id: documentIdSchema,
  version: versionSchema,
  user_id: userIdSchema,
  client_id: clientIdSchema,
  mutation_id: mutationIdSchema,
  revision_id: revisionIdSchema,
  vector_clock: vectorClockSchema,
  created_at: timestampSchema,
  /** What the change takes back, brings back or goes back to. Not there in events from before there was undo. */
  cause: z.object({ kind: z.enum(['undo', 'redo', 'revert']), version: versionSchema }).nullish(),
};

/** Classic's ChangeEvent and what a replica needs besides: version, clock, the mutation it answers, the title's change. */
export const changeEventSchema = z.discriminatedUnion('event_type', [
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
    title: z.object({ from: titleSchema, to: titleSchema }).nullable(),
  }),
  z.object({
    ...eventHead,
    event_type: z.literal('delete'),
    forward_patch: z.null(),
    reverse_patch: wireDocumentSchema,
  }),
  z.object({
    ...eventHead,
    event_type: z.literal('restore'),
    forward_patch: wireDocumentSchema,
    /** The deleted document, where it was restored with another title or content. */
    reverse_patch: wireDocumentSchema.nullable(),
  }),
]);
export type ChangeEvent = z.infer<typeof changeEventSchema>;

const wireErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: z.record(z.string(), jsonValueSchema).optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;

/** `dropped` names what lost a conflict; `sequence` is where the stream stood when the mutation took effect. */
export const mutationResultSchema = z.object({
  mutation_id: mutationIdSchema.nullable(),
  status: z.enum(['applied', 'merged', 'conflicted', 'duplicate', 'rejected']),
  /** How it ended the first time, for a duplicate. */
  original_status: z.enum(['applied', 'merged', 'conflicted']).optional(),
  document_id: documentIdSchema.nullable(),
  version: z.int().min(0).nullable(),
  sequence: sequenceSchema.nullable(),
  conflict_id: conflictIdSchema.optional(),
  conflict_reason: z.string().optional(),
  dropped: z.array(z.object({ index: z.int().nullable(), operation: jsonPatchOperationSchema.nullable() })).optional(),
  dropped_title: titleSchema.optional(),
  error: wireErrorSchema.optional(),
});
export type MutationResult = z.infer<typeof mutationResultSchema>;

export const streamInfoSchema = z.object({
  stream_id: streamIdSchema,
  name: z.string(),
  role: z.enum(['owner', 'editor', 'viewer']),
  latest_sequence: sequenceSchema,
  /** How it settles what overlaps; not said by servers from before there was a choice. */
  strategy: conflictStrategySchema.optional(),
});
export type StreamInfo = z.infer<typeof streamInfoSchema>;

const streamHead = z.object({ stream_id: streamIdSchema, latest_sequence: sequenceSchema });

export const streamingDownSchema = z.discriminatedUnion('type', [
  z.object({
    ...requestId,
    type: z.literal('auth_success'),
    session_id: sessionIdSchema,
    client_id: clientIdSchema,
    user_id: userIdSchema,
    protocol: z.literal(2),
    server_time: timestampSchema,
    limits: z.record(z.string(), z.number()),
    streams: z.array(streamInfoSchema),
  }),
  z.object({ ...requestId, type: z.literal('auth_error'), code: z.string(), reason: z.string() }),
  z.object({ ...requestId, type: z.literal('mutation_results'), results: z.array(mutationResultSchema) }),
  z.object({
    ...requestId,
    type: z.literal('changes'),
    stream_id: streamIdSchema,
    events: z.array(changeEventSchema),
    latest_sequence: sequenceSchema,
    has_more: z.boolean(),
  }),
  z.object({
    ...requestId,
    type: z.literal('snapshot'),
    stream_id: streamIdSchema,
    /** Every page shows the stream as it was at this one sequence. */
    sequence: sequenceSchema,
    documents: z.array(wireDocumentSchema),
    /** null on the last page. */
    cursor: z.string().nullable(),
    /** Documents in the whole snapshot, for a progress bar; approximate where documents are created meanwhile. */
    total: z.int().min(0),
  }),
  z.object({
    ...requestId,
    type: z.literal('stream_at'),
    stream_id: streamIdSchema,
    /** Every page shows the stream as it was at this one sequence. */
    sequence: sequenceSchema,
    documents: z.array(wireDocumentSchema),
    /** null on the last page. */
    cursor: z.string().nullable(),
  }),
  z.object({
    ...requestId,
    type: z.literal('digest'),
    stream_id: streamIdSchema,
    /** The digests are those of the stream as it was at this sequence. */
    sequence: sequenceSchema,
    digest: stateDigestSchema,
    /** How the stream settles what overlaps, as of now. */
    strategy: conflictStrategySchema,
    buckets: z.array(stateDigestSchema).length(DIGEST_BUCKETS).optional(),
  }),
  z.object({
    ...requestId,
    type: z.literal('document_digests'),
    stream_id: streamIdSchema,
    sequence: sequenceSchema,
    /** In the order of the ids, deleted ones included. */
    documents: z.array(z.object({ document_id: documentIdSchema, digest: stateDigestSchema })),
    /** null on the last page. */
    cursor: documentIdSchema.nullable(),
  }),
  z.object({
    ...requestId,
    type: z.literal('documents'),
    stream_id: streamIdSchema,
    /** All of them are as they were at this sequence. */
    sequence: sequenceSchema,
    /** Those that there are, deleted ones included. */
    documents: z.array(wireDocumentSchema),
    /** Those that did not fit: to be asked for again. */
    left_out: z.array(documentIdSchema),
  }),
  z.object({
    ...requestId,
    type: z.literal('search_results'),
    stream_id: streamIdSchema,
    documents: z.array(wireDocumentSchema),
    /** Null on the last page. */
    cursor: documentIdSchema.nullable(),
  }),
  z.object({
    ...requestId,
    type: z.literal('history'),
    stream_id: streamIdSchema,
    document_id: documentIdSchema,
    /** Newest first. */
    events: z.array(changeEventSchema),
    has_more: z.boolean(),
  }),
  z.object({
    ...requestId,
    type: z.literal('document_at'),
    stream_id: streamIdSchema,
    document_id: documentIdSchema,
    version: versionSchema,
    /** As it was at that version: where it was deleted then, it says so. */
    document: wireDocumentSchema,
  }),
  z.object({
    ...requestId,
    type: z.literal('conflicts'),
    stream_id: streamIdSchema,
    /** Newest first. */
    conflicts: z.array(wireConflictSchema),
    /** null on the last page. */
    cursor: conflictIdSchema.nullable(),
  }),
  z.object({ ...requestId, type: z.literal('conflict'), stream_id: streamIdSchema, ...conflictDetailSchema.shape }),
  z.object({
    ...requestId,
    type: z.literal('conflict_dismissed'),
    stream_id: streamIdSchema,
    conflict_id: conflictIdSchema,
    /** What it is now: `applied` where it had been brought back before. */
    status: conflictStatusSchema,
  }),
  z.object({
    ...requestId,
    type: z.literal('changes_acknowledged'),
    stream_id: streamIdSchema,
    sequence: sequenceSchema,
  }),
  z.object({ ...requestId, type: z.literal('subscribed'), streams: z.array(streamHead) }),
  z.object({ ...requestId, type: z.literal('unsubscribed'), stream_ids: z.array(streamIdSchema) }),
  z.object({ ...requestId, ...wireErrorSchema.shape, type: z.literal('error') }),
  z.object({ ...requestId, type: z.literal('pong') }),
]);
export type StreamingDown = z.infer<typeof streamingDownSchema>;
export type StreamingDownOf<T extends StreamingDown['type']> = Extract<StreamingDown, { type: T }>;
