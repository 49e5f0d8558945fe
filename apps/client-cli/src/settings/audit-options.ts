/** What the audit commands take from the command line. */
import { auditKindSchema, eventHashSchema, streamIdSchema, userIdSchema } from '@json-database-sync/domain';
import { z } from 'zod';
import type { AuditParameters } from '../http/audit-api.js';
import { decode } from './task-options.js';

const time = z
  .string()
  .refine((text) => !Number.isNaN(new Date(text).getTime()), 'takes a date or a time, such as 2026-01-31T12:00:00Z')
  .transform((text) => new Date(text).toISOString());
const number = z.string().regex(/^\d{1,15}$/, 'takes a whole number');
const hash = z
  .string()
  .toLowerCase()
  .refine((text) => eventHashSchema.safeParse(text).success, 'takes the 64 hex digits of a hash')
  .transform((text) => eventHashSchema.parse(text));
const uuid = (schema: z.ZodType<string>) => z.string().refine((text) => schema.safeParse(text).success, 'takes a UUID');

const stream = { stream: uuid(streamIdSchema).optional() };
const filterSchema = z.object({
  ...stream,
  user: uuid(userIdSchema).optional(),
  document: z.string().optional(),
  since: time.optional(),
  until: time.optional(),
  kind: z
    .string()
    .refine((text) => auditKindSchema.safeParse(text).success, `takes one of ${auditKindSchema.options.join(', ')}`)
    .optional(),
  after: number.optional(),
});
const listSchema = filterSchema.extend({ limit: number.transform(Number).optional() });
const exportSchema = filterSchema.extend({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  out: z.string().optional(),
});
const verifySchema = z.object({ ...stream, head: hash.optional() });

export interface AuditSelection {
  readonly streamId: string | undefined;
  /** An id or a part of one, as it was typed. */
  readonly document: string | undefined;
  readonly parameters: AuditParameters;
}

export function readListOptions(options: unknown): AuditSelection & { readonly limit: number | undefined } {
  const { limit, ...filter } = decode(listSchema, options);
  return { ...selectionOf(filter), limit };
}

export function readExportOptions(
  options: unknown,
): AuditSelection & { readonly format: 'jsonl' | 'csv'; readonly out: string | undefined } {
  const { format, out, ...filter } = decode(exportSchema, options);
  return { ...selectionOf(filter), format, out };
}

export function readVerifyOptions(options: unknown): z.infer<typeof verifySchema> {
  return decode(verifySchema, options);
}

function selectionOf({ stream: streamId, document, user, since, until, kind, after }: z.infer<typeof filterSchema>) {
  return { streamId, document, parameters: { user, from: since, to: until, kind, after } };
}
