import { Column, Entity, PrimaryColumn } from 'typeorm';
import { setTime, time } from './columns.js';

/** A random bearer token; only its SHA-256 is known. */
@Entity('api_tokens')
export class ApiTokenEntity {
  @PrimaryColumn('bytea', { name: 'token_hash' })
  tokenHash!: Buffer;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column({ ...setTime, name: 'created_at' })
  createdAt!: string;

  @Column({ ...time, name: 'revoked_at', nullable: true })
  revokedAt!: string | null;
}
