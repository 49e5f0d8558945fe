import type { ConflictStrategy } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { counter, setTime } from './columns.js';

export type StreamKind = 'personal' | 'collection';

/** The unit of order and of access. A personal stream has the id of its user. */
@Entity('streams')
export class StreamEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  kind!: StreamKind;

  @Column('text')
  name!: string;

  /** The number of its last event; 0 before the first. */
  @Column({ ...counter, name: 'last_sequence', default: 0 })
  lastSequence!: number;

  /** The hash of its last event; zeros before the first. */
  @Column('bytea', { name: 'head_hash', default: () => "decode(repeat('00', 32), 'hex')" })
  headHash!: Buffer;

  /** Of its documents, 64 bits as a signed number; 0 before the first. */
  @Column('bigint', { name: 'state_digest', default: 0 })
  stateDigest!: string;

  /** How it settles what overlaps. */
  @Column('text', { default: 'server_wins' })
  strategy!: ConflictStrategy;

  @Column({ ...setTime, name: 'created_at' })
  createdAt!: string;
}
