import { Column, Entity, PrimaryColumn } from 'typeorm';
import { counter } from './columns.js';

/**
 * Old events of one document, compressed together. Rows of the log are moved here and out of here, never changed; whoever
 * reads the log reads both, by the functions `events_of_document` and `events_of_stream`.
 */
@Entity('event_packs')
export class EventPackEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid', { name: 'document_id' })
  documentId!: string;

  @Column('integer', { name: 'first_version' })
  firstVersion!: number;

  @PrimaryColumn('integer', { name: 'last_version' })
  lastVersion!: number;

  @Column({ ...counter, name: 'first_sequence' })
  firstSequence!: number;

  @Column({ ...counter, name: 'last_sequence' })
  lastSequence!: number;

  @Column('integer')
  characters!: number;

  /** Each less `firstSequence`. */
  @Column('integer', { array: true })
  sequences!: number[];

  @Column('text', { array: true })
  types!: string[];

  /** null: all of them 1. */
  @Column('smallint', { name: 'schema_versions', array: true, nullable: true })
  schemaVersions!: number[] | null;

  @Column('uuid', { name: 'user_ids', array: true })
  userIds!: string[];

  @Column('uuid', { name: 'client_ids', array: true })
  clientIds!: string[];

  @Column('text', { name: 'vector_clocks' })
  vectorClocks!: string;

  @Column('text')
  patches!: string;

  /** 62 bytes an event: see the migration. */
  @Column('bytea')
  marks!: Buffer;
}
