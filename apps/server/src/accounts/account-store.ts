/** The account tables. Each change is one statement, so that a user never exists without the personal stream. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { personalStreamOf, type UserId } from '@json-database-sync/domain';
import { DataSource } from 'typeorm';

/** What is known of a user when a secret is to be judged. */
export interface KnownUser {
  readonly userId: UserId;
  /** Has registered: an e-mail address or a password of its own. */
  readonly registered: boolean;
  readonly passwordHash: string | null;
  readonly tokenHash: string | null;
}

export interface NewUser {
  readonly userId: UserId;
  readonly email?: string;
  readonly passwordHash?: string;
  /** Argon2id of the token that a demo user came with. */
  readonly tokenHash?: string;
  /** SHA-256 of a bearer token to issue at once. */
  readonly apiTokenHash?: Buffer;
}

@Injectable()
export class AccountStore {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async findById(userId: UserId): Promise<KnownUser | undefined> {
    const rows = await this.dataSource.query<KnownUser[]>(`${KNOWN_USER} WHERE u.id = $1`, [userId]);
    return rows[0];
  }

  async findByEmail(email: string): Promise<KnownUser | undefined> {
    const rows = await this.dataSource.query<KnownUser[]>(`${KNOWN_USER} WHERE u.email = $1`, [email]);
    return rows[0];
  }

  async findTokenOwner(apiTokenHash: Buffer): Promise<UserId | undefined> {
    const rows = await this.dataSource.query<{ userId: UserId }[]>(
      `SELECT user_id AS "userId" FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL`,
      [apiTokenHash],
    );
    return rows[0]?.userId;
  }

  /**
   * Makes a user with a personal stream and what it proves itself by.
   * @returns false where the id or the e-mail address is taken, also by somebody who was a moment faster
   */
  async create(user: NewUser): Promise<boolean> {
    const rows = await this.dataSource.query<{ id: UserId }[]>(CREATE_USER, [
      user.userId,
      user.email ?? null,
      user.passwordHash ?? null,
      user.tokenHash ?? null,
      user.apiTokenHash ?? null,
      personalStreamOf(user.userId),
    ]);
    return rows.length === 1;
  }

  async addApiToken(userId: UserId, apiTokenHash: Buffer): Promise<void> {
    await this.dataSource.query(`INSERT INTO api_tokens (token_hash, user_id) VALUES ($1, $2)`, [apiTokenHash, userId]);
  }
}

const KNOWN_USER = `
  SELECT u.id AS "userId",
         u.email IS NOT NULL OR p.hash IS NOT NULL AS registered,
         p.hash AS "passwordHash",
         t.hash AS "tokenHash"
    FROM users u
    LEFT JOIN credentials p ON p.user_id = u.id AND p.kind = 'password'
    LEFT JOIN credentials t ON t.user_id = u.id AND t.kind = 'token'`;

/**
 * An id that a collection uses already makes no user: its documents would become the newcomer's. Should that collection
 * be made at this very moment, the primary key of `streams` refuses the whole statement.
 */
const CREATE_USER = `
  WITH new_user AS (
    INSERT INTO users (id, email)
    SELECT $1::uuid, $2::text WHERE NOT EXISTS (SELECT FROM streams WHERE id = $6::uuid)
    ON CONFLICT DO NOTHING
    RETURNING id
  ), new_credentials AS (
    INSERT INTO credentials (user_id, kind, hash)
    SELECT id, given.kind, given.hash
      FROM new_user, (VALUES ('password', $3::text), ('token', $4::text)) AS given (kind, hash)
     WHERE given.hash IS NOT NULL
  ), new_api_token AS (
    INSERT INTO api_tokens (token_hash, user_id) SELECT $5::bytea, id FROM new_user WHERE $5::bytea IS NOT NULL
  ), new_stream AS (
    INSERT INTO streams (id, kind, name) SELECT $6::uuid, 'personal', 'Personal' FROM new_user
  ), new_member AS (
    INSERT INTO stream_members (stream_id, user_id, role) SELECT $6::uuid, id, 'owner' FROM new_user
  )
  SELECT id FROM new_user`;
