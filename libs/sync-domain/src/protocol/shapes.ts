/** Shapes that several messages of both dialects share, as they stand on the wire. */
import { z } from 'zod';
import { revisionIdSchema } from '../document/revision.js';
import { documentIdSchema, userIdSchema } from '../ids.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import type { JsonPatchOperation } from '../patch/json-patch.types.js';

/**
 * Any JSON value. Frames are decoded by `parseJson`, so whatever stands here is JSON already, within the depth limit
 * and safe to store: only its absence has to be caught.
 */
export const jsonValueSchema = z.custom<JsonValue>((value) => value !== undefined, 'a JSON value is missing');

/** RFC 3339 UTC. Microseconds, as other servers may send them, are cut to the milliseconds that we keep. */
export const timestampSchema = z.iso.datetime().transform(inMilliseconds);

/** Most of them have three digits of a second already, and are as they should be. */
function inMilliseconds(text: string): string {
  return text.length === '2026-01-31T12:00:00.000Z'.length ? text : new Date(text).toISOString();
}

const anyPointer = z.string().regex(/^(\/([^~]|~[01])*)?$/s, 'not a JSON pointer (RFC 6901)');

const operationSchema = (pointer: typeof anyPointer) =>
  z.discriminatedUnion('op', [
    z.object({ op: z.literal('add'), path: pointer, value: jsonValueSchema }),
    z.object({ op: z.literal('remove'), path: pointer }),
    z.object({ op: z.literal('replace'), path: pointer, value: jsonValueSchema }),
    z.object({ op: z.literal('move'), from: pointer, path: pointer }),
    z.object({ op: z.literal('copy'), from: pointer, path: pointer }),
    z.object({ op: z.literal('test'), path: pointer, value: jsonValueSchema }),
  ]) satisfies z.ZodType<JsonPatchOperation>;

export const jsonPatchOperationSchema = operationSchema(anyPointer.max(LIMITS.pointerCharacters));

/** A patch that somebody asks for. */
export const jsonPatchSchema = z.array(jsonPatchOperationSchema).max(LIMITS.patchOperations);

/**
 * The patch of a committed event. The limits were kept when it was asked for; its reverse may take two operations for
 * one, and names the index where the author wrote `-`. A replica that refused it could never go on.
 */
export const committedPatchSchema = z.array(operationSchema(anyPointer));

export const vectorClockSchema = z
  .record(z.string().min(1).max(100), z.int().min(0))
  .refine((clock) => Object.keys(clock).length <= LIMITS.vectorClockEntries, 'too many nodes in the vector clock');

export const titleSchema = z.string().max(LIMITS.titleCharacters);
export const versionSchema = z.int().min(1).max(LIMITS.version);
export const sequenceSchema = z.int().min(0);
export const tokenSchema = z.string().max(LIMITS.tokenCharacters);
export const requestIdSchema = z.string().min(1).max(100);

export const wireDocumentSchema = z.object({
  id: documentIdSchema,
  user_id: userIdSchema,
  title: titleSchema,
  content: jsonValueSchema,
  revision_id: revisionIdSchema,
  version: versionSchema,
  vector_clock: vectorClockSchema,
  created_at: timestampSchema,
  updated_at: timestampSchema,
  deleted_at: timestampSchema.nullable(),
});
export type WireDocument = z.infer<typeof wireDocumentSchema>;

/** `revision_id` is the new revision; `checksum` all 64 hex digits over the canonical content after the patch. */
export const wireDocumentPatchSchema = z.object({
  document_id: documentIdSchema,
  revision_id: revisionIdSchema,
  patch: jsonPatchSchema,
  vector_clock: vectorClockSchema,
  checksum: z.string(),
});
export type WireDocumentPatch = z.infer<typeof wireDocumentPatchSchema>;
