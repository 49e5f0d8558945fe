import type { DocumentEventType, EventCause, JsonValue, VectorClock } from '@json-database-sync/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { counter, time } from './columns.js';

/** The log: what happened, in order, for good. Rows are inserted by the commit pipeline and never changed. */
@Entity('events')
export class EventEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn({ ...counter, name: 'sequence' })
  sequence!: number;

  @Column('uuid', { name: 'document_id' })
  documentId!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  type!: DocumentEventType;

  @Column('smallint', { name: 'schema_version', default: 1 })
  schemaVersion!: number;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('uuid', { name: 'client_id' })
  clientId!: string;

  @Column('uuid', { name: 'mutation_id' })
  mutationId!: string;

  @Column('text', { name: 'revision_id' })
  revisionId!: string;

  @Column('json', { name: 'vector_clock' })
  vectorClock!: VectorClock;

  @Column('json', { name: 'forward_patch', nullable: true })
  forwardPatch!: JsonValue;

  @Column('json', { name: 'reverse_patch', nullable: true })
  reversePatch!: JsonValue;

  @Column('text', { name: 'title_from', nullable: true })
  titleFrom!: string | null;

  @Column('text', { name: 'title_to', nullable: true })
  titleTo!: string | null;

  /** What it takes back, brings back or goes back to; both null for a change of its own making. */
  @Column('text', { name: 'cause_kind', nullable: true })
  causeKind!: EventCause['kind'] | null;

  @Column('integer', { name: 'cause_version', nullable: true })
  causeVersion!: number | null;

  /** Length of its two patches as JSON text: pages are cut by it. */
  @Column('integer')
  characters!: number;

  /** Of this event and the hash before it: 32 bytes. */
  @Column('bytea')
  hash!: Buffer;

  @Column({ ...time, name: 'created_at' })
  createdAt!: string;
}
