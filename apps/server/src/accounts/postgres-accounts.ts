/**
 * Accounts in PostgreSQL, with demo mode.
 *
 * Rules, from the strictest: a bearer token that we issued lets its owner in and nobody else. A demo user's own token
 * lets that user in, whether demo mode is still on or not. While demo mode is on, `demo-token` lets in as any user who
 * has not registered, and an unknown user id is made a user on first sight, owned by whatever token it came with.
 * Whoever is refused learns nothing of why: unknown user and wrong secret have one answer and take one time.
 */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, SyncError, userIdSchema, uuidV7, type UserId } from '@json-database-sync/domain';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { AccountStore } from './account-store.js';
import { Accounts, type Identity, type IssuedToken } from './accounts.js';
import { hashApiToken, looksLikeApiToken, newApiToken } from './api-token.js';
import { checkEmail, checkPassword, normaliseEmail, normalisePassword } from './login-input.js';
import { SecretHasher } from './secret-hasher.js';

/** Known to everybody: it opens nothing that somebody has protected. */
export const DEMO_TOKEN = 'demo-token';

@Injectable()
export class PostgresAccounts extends Accounts {
  constructor(
    private readonly store: AccountStore,
    private readonly hasher: SecretHasher,
    @Inject(SETTINGS) private readonly settings: Pick<ServerSettings, 'demoMode'>,
  ) {
    super();
  }

  async authenticate(claim: { readonly token: string; readonly userId?: UserId | undefined }): Promise<Identity> {
    const { token, userId } = claim;
    if (token === '' || token.length > LIMITS.tokenCharacters) throw refused();
    const owner = looksLikeApiToken(token) ? await this.store.findTokenOwner(hashApiToken(token)) : undefined;
    if (owner !== undefined) {
      if (userId !== undefined && userId !== owner) throw refused();
      return { userId: owner };
    }
    if (userId === undefined) throw refused();
    const letIn =
      this.settings.demoMode && token === DEMO_TOKEN ? this.byDemoToken(userId) : this.byOwnToken(userId, token);
    if (!(await letIn)) throw refused();
    return { userId };
  }

  async register(input: { readonly email: string; readonly password: string }): Promise<IssuedToken> {
    const email = checkEmail(input.email);
    const passwordHash = await this.hasher.hash(checkPassword(input.password));
    const userId = userIdSchema.parse(uuidV7(Date.now(), () => randomBytes(16)));
    const token = newApiToken();
    const made = await this.store.create({ userId, email, passwordHash, apiTokenHash: hashApiToken(token) });
    if (!made) throw new SyncError('invalid_argument', 'this e-mail address is registered already');
    return { userId, token };
  }

  async logIn(input: { readonly email: string; readonly password: string }): Promise<IssuedToken> {
    const email = normaliseEmail(input.email);
    const password = normalisePassword(input.password);
    if (email === undefined || password.length > LIMITS.passwordCharactersMax) throw refused();
    const user = await this.store.findByEmail(email);
    const proven = await this.hasher.verify(user?.passwordHash, password);
    if (!user || !proven) throw refused();
    const token = newApiToken();
    await this.store.addApiToken(user.userId, hashApiToken(token));
    return { userId: user.userId, token };
  }

  private async byDemoToken(userId: UserId): Promise<boolean> {
    const known = (await this.store.findById(userId)) ?? (await this.createDemoUser(userId));
    return known !== undefined && !known.registered;
  }

  private async byOwnToken(userId: UserId, token: string): Promise<boolean> {
    let known = await this.store.findById(userId);
    if (!known && this.settings.demoMode) {
      const tokenHash = await this.hasher.hash(token);
      if (await this.store.create({ userId, tokenHash })) return true;
      // Another connection made this user while we were hashing: we are judged by its token.
      known = await this.store.findById(userId);
    }
    return this.hasher.verify(known?.tokenHash, token);
  }

  private async createDemoUser(userId: UserId): ReturnType<AccountStore['findById']> {
    await this.store.create({ userId });
    // Ours, or that of a connection which was a moment faster; undefined where the id may not be used.
    return this.store.findById(userId);
  }
}

function refused(): SyncError {
  return new SyncError('invalid_auth');
}
