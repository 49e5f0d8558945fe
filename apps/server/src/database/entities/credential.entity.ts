import { Column, Entity, PrimaryColumn } from 'typeorm';
import { setTime } from './columns.js';

/** A password, or in demo mode the token that a user came with first. */
export type CredentialKind = 'password' | 'token';

/** What a user proves to know. */
@Entity('credentials')
export class CredentialEntity {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @PrimaryColumn('text')
  kind!: CredentialKind;

  /** Argon2id, in the PHC string format. */
  @Column('text')
  hash!: string;

  @Column({ ...setTime, name: 'created_at' })
  createdAt!: string;
}
