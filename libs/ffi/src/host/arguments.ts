/**
 * The gate for what a call of the C ABI brings: fields by their place, each decoded as what it has to be. The SDK checks
 * what they mean; here they are made to be of the right kind at all.
 */
import type { Where } from '@json-database-sync/client';
import {
  LIMITS,
  SyncError,
  jsonPatchSchema,
  parseJson,
  type JsonPatch,
  type JsonValue,
} from '@json-database-sync/domain';
import { z } from 'zod';
import { FrameError, type Field } from './frame.js';

/** Text that has to be JSON and is not. The C ABI has a status of its own for it. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

const listOptionsSchema = z.strictObject({
  include_deleted: z.boolean().optional(),
  limit: z.number().optional(),
  offset: z.number().optional(),
  order_by: z.enum(['created_at', 'updated_at', 'title']).optional(),
  descending: z.boolean().optional(),
});
const ORDER = { created_at: 'createdAt', updated_at: 'updatedAt', title: 'title' } as const;

const conflictOptionsSchema = z.strictObject({
  document_id: z.string().optional(),
  include_dismissed: z.boolean().optional(),
  limit: z.number().optional(),
});

const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const boundSchema = z.union([z.string(), z.number()]).exactOptional();
const predicateSchema = z.strictObject({
  eq: scalarSchema.exactOptional(),
  ne: scalarSchema.exactOptional(),
  gt: boundSchema,
  gte: boundSchema,
  lt: boundSchema,
  lte: boundSchema,
  in: z.array(scalarSchema).exactOptional(),
  contains: scalarSchema.exactOptional(),
  exists: z.boolean().exactOptional(),
});
const whereSchema = z.record(z.string(), z.union([scalarSchema, predicateSchema])) satisfies z.ZodType<Where>;

export interface ListArguments {
  includeDeleted?: boolean;
  limit?: number;
  offset?: number;
  orderBy?: (typeof ORDER)[keyof typeof ORDER];
  descending?: boolean;
}

/** The fields of one call, asked for by their place. */
export class Arguments {
  constructor(private readonly fields: readonly Field[]) {}

  optionalText(place: number): string | undefined {
    const field = this.fields[place];
    if (field === undefined) throw new FrameError(`a call without its field ${place}`);
    return field ?? undefined;
  }

  text(place: number): string {
    const text = this.optionalText(place);
    if (text === undefined) throw new FrameError(`a call with nothing in its field ${place}`);
    return text;
  }

  /** C's numbers reach further than JavaScript's whole ones do. */
  integer(place: number): number {
    const value = Number(this.text(place));
    if (!Number.isSafeInteger(value)) throw new SyncError('invalid_argument', 'a number is out of range');
    return value;
  }

  flag(place: number, bit: number): boolean {
    return (this.integer(place) & bit) !== 0;
  }

  json(place: number): JsonValue {
    return jsonOf(this.text(place));
  }

  patch(place: number): JsonPatch {
    const parsed = jsonPatchSchema.safeParse(this.json(place));
    if (parsed.success) return parsed.data;
    throw new SyncError('invalid_patch', `the patch is not a JSON Patch (RFC 6902)${placeOf(parsed.error)}`);
  }

  where(place: number): Where {
    const wanted = this.json(place);
    if (isWhere(wanted)) return wanted;
    throw new SyncError('invalid_argument', `the condition${placeOf(whereSchema.safeParse(wanted).error)}`);
  }

  listOptions(place: number): ListArguments {
    const { include_deleted, limit, offset, order_by, descending } = this.options(place, listOptionsSchema);
    return {
      ...(include_deleted !== undefined && { includeDeleted: include_deleted }),
      ...(limit !== undefined && { limit }),
      ...(offset !== undefined && { offset }),
      ...(order_by !== undefined && { orderBy: ORDER[order_by] }),
      ...(descending !== undefined && { descending }),
    };
  }

  conflictOptions(place: number): { documentId?: string; includeDismissed?: boolean; limit?: number } {
    const { document_id, include_dismissed, limit } = this.options(place, conflictOptionsSchema);
    return {
      ...(document_id !== undefined && { documentId: document_id }),
      ...(include_dismissed !== undefined && { includeDismissed: include_dismissed }),
      ...(limit !== undefined && { limit }),
    };
  }

  /** An object of options, or nothing. */
  private options<Schema extends z.ZodType>(place: number, schema: Schema): z.infer<Schema> {
    const text = this.optionalText(place);
    const parsed = schema.safeParse(text === undefined ? {} : jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new SyncError('invalid_argument', `the options${placeOf(parsed.error)}`);
  }
}

/** What was asked for as it is: a copy that the schema makes would not have paths such as `__proto__`. */
function isWhere(value: unknown): value is Where {
  return whereSchema.safeParse(value).success;
}

/** Where in the argument it is wrong, and how. */
function placeOf(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  return issue ? `: ${issue.path.join('.')} ${issue.message}` : '';
}

/** What holds contents (a patch, a merge patch) is nested a little deeper than they are; the SDK looks at each itself. */
const JSON_DEPTH = LIMITS.documentDepth + 2;

function jsonOf(text: string): JsonValue {
  const parsed = parseJson(text, { maxDepth: JSON_DEPTH });
  if (parsed.ok) return parsed.value;
  if (parsed.code === 'invalid_message') throw new NotJson(parsed.reason);
  throw new SyncError(parsed.code, parsed.reason);
}
