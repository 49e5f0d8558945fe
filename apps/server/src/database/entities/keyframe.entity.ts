import type { JsonValue, VectorClock } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { time } from './columns.js';

/** A document as it was at every so-many-th version: only a speed-up for reaching old ones, made from the log again at will. */
@Entity('keyframes')
export class KeyframeEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid', { name: 'document_id' })
  documentId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  title!: string;

  @Column('json')
  content!: JsonValue;

  @Column('text', { name: 'revision_id' })
  revisionId!: string;

  @Column('json', { name: 'vector_clock' })
  vectorClock!: VectorClock;

  @Column({ ...time, name: 'created_at' })
  createdAt!: string;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: string;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: string | null;
}
