import { Column, Entity, PrimaryColumn } from 'typeorm';

export type StreamRole = 'owner' | 'editor' | 'viewer';

@Entity('stream_members')
export class StreamMemberEntity {
  @PrimaryColumn('uuid', { name: 'stream_id' })
  streamId!: string;

  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  role!: StreamRole;
}
