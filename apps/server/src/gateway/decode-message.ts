/** Decodes a frame's value by a dialect's schema; a failure says which field, never what stood there. */
import { SyncError, isJsonObject, type JsonValue } from '@json-database-sync/domain';
import type { z } from 'zod';

export function decodeMessage<Schema extends z.ZodType>(schema: Schema, value: JsonValue): z.infer<Schema> {
  const decoded = schema.safeParse(value);
  if (decoded.success) return decoded.data;
  throw new SyncError('invalid_message', describeIssues(decoded.error));
}

export function describeIssues(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'the message does not fit its schema';
  const place = issue.path.map(String).join('.').slice(0, 200);
  return place === '' ? `not a message: ${issue.message}` : `${place}: ${issue.message}`;
}

/** What a message calls itself, before it is known to be one. */
export function typeOf(value: JsonValue): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, 'type') ? value['type'] : undefined;
}
