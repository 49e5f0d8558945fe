/**
 * Who is who. The one door to accounts: gateway and HTTP ask here and nowhere else, so that what stands behind it
 * (demo mode today) can change without them.
 */
import type { UserId } from '@json-database-sync/domain';

export interface Identity {
  readonly userId: UserId;
}

export interface IssuedToken {
  readonly userId: UserId;
  /** The bearer token in the clear: shown once, stored hashed. */
  readonly token: string;
}

export abstract class Accounts {
  /**
   * Judges a token. `userId` is who the caller says to be: the classic dialect always says it, HTTP seldom.
   * @throws SyncError `invalid_auth`, the same for an unknown user and a wrong token
   */
  abstract authenticate(claim: { readonly token: string; readonly userId?: UserId | undefined }): Promise<Identity>;

  /** @throws SyncError `invalid_argument` for an e-mail address that is taken or a password that is too weak */
  abstract register(input: { readonly email: string; readonly password: string }): Promise<IssuedToken>;

  /** @throws SyncError `invalid_auth` */
  abstract logIn(input: { readonly email: string; readonly password: string }): Promise<IssuedToken>;
}
