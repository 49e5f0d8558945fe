/** The conflict routes' shapes, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';
import { DocumentDto } from '../documents/document.dto.js';

export class ConflictDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  document_id!: string;

  @ApiProperty({ format: 'uuid', description: 'Whose change lost.' })
  user_id!: string;

  @ApiProperty({ format: 'uuid' })
  client_id!: string;

  @ApiProperty({ format: 'uuid' })
  mutation_id!: string;

  @ApiProperty({ description: 'The version that the author knew.' })
  base_version!: number;

  @ApiProperty({ description: 'The version that it lost against.' })
  server_version!: number;

  @ApiProperty({ example: 'server_wins' })
  strategy!: string;

  @ApiProperty({ example: 'others had changed the same parts of the document' })
  reason!: string;

  @ApiProperty({ type: Object, description: 'The change as it was sent: its kind, its patch, its title.' })
  change!: unknown;

  @ApiProperty({ type: [Object], description: 'What of it lost: `{ index, operation }`.' })
  dropped!: unknown[];

  @ApiProperty({ type: String, nullable: true })
  dropped_title!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ enum: ['open', 'dismissed', 'applied'] })
  status!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  resolved_at!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The mutation that brought it back.' })
  resolved_by_mutation!: string | null;
}

export class ConflictsPageDto {
  @ApiProperty({ type: [ConflictDto] })
  conflicts!: ConflictDto[];

  @ApiProperty({ type: String, nullable: true })
  next_cursor!: string | null;
}

export class ConflictDetailDto {
  @ApiProperty({ type: ConflictDto })
  conflict!: ConflictDto;

  @ApiProperty({ type: Object, nullable: true, description: 'What its author saw: `{ title, content }`.' })
  base!: unknown;

  @ApiProperty({ type: DocumentDto })
  current!: DocumentDto;

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'With the loss brought back: `{ title, content, patch }`.',
  })
  would_be!: unknown;
}

export class AppliedConflictDto {
  @ApiProperty({ enum: ['applied', 'merged', 'conflicted'] })
  status!: string;

  @ApiProperty({ format: 'uuid' })
  document_id!: string;

  @ApiProperty()
  version!: number;

  @ApiProperty()
  sequence!: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The new conflict, where it lost in turn.',
  })
  conflict_id!: string | null;
}
