/** The options of the commands that write tasks and list them, decoded. */
import { LIMITS, parseJson, type JsonValue } from '@json-database-sync/domain';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.js';
import { PRIORITIES, STATUSES } from '../task/task.js';
import { uniqueTags, type TaskFields } from '../task/task-change.js';
import type { TaskFilter } from '../task/task-filter.js';

const statusSchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.toLowerCase().replaceAll('-', '_') : value),
  z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}`),
);
const prioritySchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  z.enum(PRIORITIES, `must be one of ${PRIORITIES.join(', ')}`),
);
const tagSchema = z
  .string()
  .transform((tag) => tag.trim().replace(/^#+/, ''))
  .pipe(z.string().min(1, 'must not be empty').max(100, 'is longer than 100 characters'));
const dueSchema = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true }), z.enum(['none', '']).transform(() => null)],
  {
    error: 'must be a date (2026-12-31), a time (2026-12-31T18:00:00Z), or none',
  },
);

export const titleSchema = z
  .string()
  .transform((title) => title.trim())
  .pipe(
    z
      .string()
      .min(1, 'must not be empty')
      .max(LIMITS.titleCharacters, `is longer than ${LIMITS.titleCharacters} characters`),
  );

const fieldsSchema = z.object({
  title: titleSchema.optional(),
  description: z.string().optional(),
  status: statusSchema.optional(),
  priority: prioritySchema.optional(),
  tag: z.array(tagSchema).optional(),
  due: dueSchema.optional(),
});

const filterSchema = z.object({
  status: statusSchema.optional(),
  priority: prioritySchema.optional(),
  tag: tagSchema.optional(),
  search: z.string().optional(),
});

export function readTaskFields(options: unknown): TaskFields {
  const { title, description, status, priority, tag, due } = decode(fieldsSchema, options);
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(status === undefined ? {} : { status }),
    ...(priority === undefined ? {} : { priority }),
    ...(tag === undefined ? {} : { tags: uniqueTags(tag) }),
    ...(due === undefined ? {} : { due }),
  };
}

export function readFilter(options: unknown): TaskFilter {
  const { status, priority, tag, search } = decode(filterSchema, options);
  return {
    ...(status === undefined ? {} : { status }),
    ...(priority === undefined ? {} : { priority }),
    ...(tag === undefined ? {} : { tag }),
    ...(search === undefined ? {} : { search }),
  };
}

/** JSON from the command line; refused rather than altered when it could not be stored exactly. */
export function readJson(text: string, option: string): JsonValue {
  const parsed = parseJson(text, { maxDepth: LIMITS.documentDepth });
  if (parsed.ok) return parsed.value;
  throw new CliFailure('invalid_argument', `${option} is ${parsed.reason}.`, {
    remedy: 'Give JSON, quoted for the shell, for instance \'{"text": "hello"}\' or \'"text"\'.',
  });
}

/** @throws CliFailure invalid_argument, naming every bad option at once */
export function decode<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'argument');
    return `${name === 'title' ? 'The title' : `--${name}`} ${issue.message}.`;
  });
  throw new CliFailure('invalid_argument', problems.join(' '), { remedy: 'See `cli help COMMAND`.' });
}
