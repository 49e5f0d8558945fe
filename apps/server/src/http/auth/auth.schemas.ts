/** The bodies of the account routes. Unknown fields are refused: a misspelt one must not pass for an absent one. */
import { LIMITS, tokenSchema, userIdSchema } from '@json-database-sync/domain';
import { z } from 'zod';

export const passwordBody = z.strictObject({
  email: z.string().max(LIMITS.emailCharacters),
  password: z.string().max(LIMITS.passwordCharactersMax),
});

export const tokenBody = z.strictObject({ user_id: userIdSchema, auth_token: tokenSchema });

/** Which form is meant is told by its first field, so that its faults are named rather than the other form's. */
export function isTokenLogin(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'user_id');
}
