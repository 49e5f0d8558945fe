import type { JsonValue, VectorClock } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { counter, time } from './columns.js';

/** The projection: a document as its events have made it. Written by the commit pipeline alone. */
@Entity('documents')
export class DocumentEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  title!: string;

  @Column('jsonb')
  content!: JsonValue;

  @Column('integer')
  version!: number;

  @Column('text', { name: 'revision_id' })
  revisionId!: string;

  @Column('json', { name: 'vector_clock' })
  vectorClock!: VectorClock;

  /** The sequence of its last event. */
  @Column({ ...counter, name: 'last_sequence' })
  lastSequence!: number;

  /** Length of its content as JSON text: pages are cut by it. */
  @Column('integer')
  characters!: number;

  @Column({ ...time, name: 'created_at' })
  createdAt!: string;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: string;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: string | null;
}
