/** Decodes a frame's value by a dialect's schema; a failure says which field, never what stood there. */
import { SyncError, type JsonValue } from '@json-database-sync/domain';
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
