import type { Accepted } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { counter, time } from './columns.js';

/** What a mutation came to, for the client that sends it again. */
@Entity('mutations')
export class MutationEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid', { name: 'mutation_id' })
  mutationId!: string;

  @Column('uuid', { name: 'document_id' })
  documentId!: string;

  @Column('text')
  status!: Accepted['status'];

  @Column('integer')
  version!: number;

  @Column({ ...counter, name: 'sequence' })
  sequence!: number;

  @Column('uuid', { name: 'conflict_id', nullable: true })
  conflictId!: string | null;

  @Column({ ...time, name: 'created_at' })
  createdAt!: string;
}
