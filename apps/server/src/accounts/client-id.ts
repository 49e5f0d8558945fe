/** The identity of clients that bring none that is a UUID. */
import { createHash } from 'node:crypto';
import { clientIdSchema, type ClientId, type UserId } from '@json-database-sync/domain';

/** Classic clients name themselves as they like; events want a UUID. The same name of the same user gives the same one. */
export function clientIdFor(userId: UserId, name: string): ClientId {
  const uuid = clientIdSchema.safeParse(name);
  if (uuid.success) return uuid.data;
  const hash = createHash('sha256').update(`${userId}/${name}`).digest('hex');
  const digits = `${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`;
  return clientIdSchema.parse(digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}
