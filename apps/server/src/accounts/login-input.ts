/** How e-mail addresses and passwords are taken, so that one person is one user however they are typed. */
import { LIMITS, SyncError } from '@json-database-sync/domain';
import { z } from 'zod';

const emailSchema = z.string().trim().toLowerCase().max(LIMITS.emailCharacters).pipe(z.email());

/** Equal-looking passwords are one (NFKC, as NIST SP 800-63B asks); nothing else about them is changed. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/** @returns undefined where it is not an e-mail address */
export function normaliseEmail(email: string): string | undefined {
  return emailSchema.safeParse(email).data;
}

/** @throws SyncError `invalid_argument` */
export function checkEmail(email: string): string {
  const normal = normaliseEmail(email);
  if (normal === undefined) throw new SyncError('invalid_argument', 'this is not an e-mail address');
  return normal;
}

/** @throws SyncError `invalid_argument` */
export function checkPassword(password: string): string {
  const normal = normalisePassword(password);
  const { passwordCharactersMin: min, passwordCharactersMax: max } = LIMITS;
  if (normal.length < min) throw new SyncError('invalid_argument', `a password has at least ${min} characters`);
  if (normal.length > max) throw new SyncError('invalid_argument', `a password has at most ${max} characters`);
  return normal;
}
