import { SyncError } from '@json-database-sync/domain';
import type { z } from 'zod';

const MAX_PROBLEMS = 5;

/**
 * What came from outside, as the schema says it must be.
 * @throws SyncError `invalid_argument`, naming the fields that are wrong but never their values
 */
export function decode<T>(schema: z.ZodType<T>, value: unknown): T {
  const decoded = schema.safeParse(value);
  if (decoded.success) return decoded.data;
  const problems = decoded.error.issues
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new SyncError('invalid_argument', problems.join('; '));
}
