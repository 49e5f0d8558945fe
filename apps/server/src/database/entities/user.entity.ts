import { Column, Entity, PrimaryColumn } from 'typeorm';
import { setTime } from './columns.js';

/** Somebody who can own documents. Without an e-mail address, it is a user of demo mode. */
@Entity('users')
export class UserEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** Trimmed and in lower case. */
  @Column({ type: 'text', nullable: true, unique: true })
  email!: string | null;

  @Column({ ...setTime, name: 'created_at' })
  createdAt!: string;
}
