import type { ConflictStatus, JsonValue } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { time } from './columns.js';

/** The ledger: a change that lost, in part or whole, as its author sent it. */
@Entity('conflicts')
export class ConflictEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'document_id' })
  documentId!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('uuid', { name: 'client_id' })
  clientId!: string;

  @Column('uuid', { name: 'mutation_id' })
  mutationId!: string;

  @Column('integer', { name: 'base_version' })
  baseVersion!: number;

  @Column('integer', { name: 'server_version' })
  serverVersion!: number;

  @Column('text')
  strategy!: string;

  @Column('text')
  reason!: string;

  @Column('json')
  command!: JsonValue;

  @Column('json')
  dropped!: JsonValue;

  @Column('text', { name: 'dropped_title', nullable: true })
  droppedTitle!: string | null;

  @Column({ ...time, name: 'created_at' })
  createdAt!: string;

  @Column('text', { default: 'open' })
  status!: ConflictStatus;

  @Column({ ...time, name: 'resolved_at', nullable: true })
  resolvedAt!: string | null;

  /** The mutation that brought it back. */
  @Column('uuid', { name: 'resolved_by_mutation', nullable: true })
  resolvedByMutation!: string | null;
}
