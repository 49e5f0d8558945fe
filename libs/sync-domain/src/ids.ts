/**
 * Branded identifiers: a document's id cannot be handed where a stream's is wanted. Each has one schema, which
 * takes any spelling of a UUID and gives its lower-case text.
 */
import { v7 } from 'uuid';
import { z } from 'zod';
import { UUID_PATTERN } from './protocol/usual-patterns.js';

const uuid = () => z.guid().toLowerCase();

export const documentIdSchema = uuid().brand<'DocumentId'>();
export const streamIdSchema = uuid().brand<'StreamId'>();
export const userIdSchema = uuid().brand<'UserId'>();
export const clientIdSchema = uuid().brand<'ClientId'>();
export const mutationIdSchema = uuid().brand<'MutationId'>();
export const sessionIdSchema = uuid().brand<'SessionId'>();
export const conflictIdSchema = uuid().brand<'ConflictId'>();

export type DocumentId = z.infer<typeof documentIdSchema>;
export type StreamId = z.infer<typeof streamIdSchema>;
export type UserId = z.infer<typeof userIdSchema>;
export type ClientId = z.infer<typeof clientIdSchema>;
export type MutationId = z.infer<typeof mutationIdSchema>;
export type SessionId = z.infer<typeof sessionIdSchema>;
export type ConflictId = z.infer<typeof conflictIdSchema>;

const PLAIN_UUID = new RegExp(`^${UUID_PATTERN}$`);

/** What the schema gives, or undefined; sooner where it is written as ids mostly are. */
export function parseDocumentId(id: unknown): DocumentId | undefined {
  return typeof id === 'string' && PLAIN_UUID.test(id) ? (id as DocumentId) : documentIdSchema.safeParse(id).data;
}

/** A user's personal stream carries the user's id. */
export function personalStreamOf(userId: UserId): StreamId {
  return streamIdSchema.parse(userId);
}

/** Sixteen bytes from the platform's cryptographic source. */
export type RandomBytes16 = () => Uint8Array;

/**
 * A UUID version 7 (RFC 9562, section 5.7): ids made later sort later, which keeps the indexes that hold them
 * compact. Time (milliseconds since 1970) and randomness are handed in; `seq` is left to the random part.
 */
export function uuidV7(nowMs: number, random: RandomBytes16): string {
  return v7({ msecs: nowMs, random: random() });
}

/** As the schema would give it. */
export function newMutationId(nowMs: number, random: RandomBytes16): MutationId {
  return uuidV7(nowMs, random) as MutationId;
}
