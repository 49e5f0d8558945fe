/** What the terminal client prints with --json, as far as the demonstration reads it. */
import { documentIdSchema, jsonValueSchema } from '@json-database-sync/domain';
import { z } from 'zod';

const documentSchema = z.object({
  id: documentIdSchema,
  title: z.string(),
  status: z.string().nullable(),
  priority: z.string().nullable(),
  description: z.string().nullable(),
  due: z.string().nullable(),
  version: z.number(),
  revision_id: z.string().nullable(),
  deleted_at: z.string().nullable(),
  content: jsonValueSchema,
});
export type ListedDocument = z.infer<typeof documentSchema>;

const syncSchema = z.object({ state: z.string(), pending: z.number() });

export const writtenSchema = z.object({ documents: z.array(documentSchema), sync: syncSchema });
export const listSchema = z.object({ documents: z.array(documentSchema), sync: syncSchema });
export const shownSchema = z.object({ document: documentSchema });
export const statusSchema = z.object({ client_id: z.string(), user_id: z.string().nullable(), pending: z.number() });

export const conflictsSchema = z.object({
  conflicts: z.array(
    z.object({
      id: z.string(),
      document_id: documentIdSchema,
      reason: z.string(),
      dropped: z.array(z.object({ operation: z.object({ path: z.string(), value: jsonValueSchema }).nullable() })),
    }),
  ),
});

export const historySchema = z.object({
  changes: z.array(
    z.object({
      version: z.number(),
      type: z.string(),
      client_id: z.string(),
      user_id: z.string().nullable(),
      title: z.object({ from: z.string(), to: z.string() }).nullable(),
      patch: z.array(z.object({ op: z.string(), path: z.string(), value: jsonValueSchema.optional() })).nullable(),
      mutation_id: z.string(),
      cause: z.object({ kind: z.string(), version: z.number() }).nullable(),
    }),
  ),
});
export type Change = z.infer<typeof historySchema>['changes'][number];

export const previewSchema = z.object({ needs_force: z.boolean(), patch: z.array(z.object({ path: z.string() })) });

export const watchLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connection'), state: z.string() }),
  z.object({
    type: z.literal('change'),
    at: z.iso.datetime(),
    id: documentIdSchema,
    kind: z.string(),
    origin: z.string(),
    document: documentSchema.nullable(),
  }),
  z.object({ type: z.literal('conflict') }),
]);
export type WatchLine = z.infer<typeof watchLineSchema>;
