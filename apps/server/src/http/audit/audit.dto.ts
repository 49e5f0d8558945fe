/** The audit routes' shapes, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';

export class AuditCauseDto {
  @ApiProperty({ enum: ['undo', 'redo', 'revert'] })
  kind!: string;

  @ApiProperty({ example: 3, description: 'What was taken back, or gone back to.' })
  version!: number;
}

export class AuditEntryDto {
  @ApiProperty({ example: 42, minimum: 1 })
  sequence!: number;

  @ApiProperty({ example: '2026-01-02T03:04:05.678Z', format: 'date-time' })
  created_at!: string;

  @ApiProperty({ enum: ['create', 'update', 'delete', 'restore'] })
  event_type!: string;

  @ApiProperty({ nullable: true, type: AuditCauseDto, description: 'null for a change of its own making.' })
  cause!: AuditCauseDto | null;

  @ApiProperty({ example: '0198c0de-5eed-7000-8000-00000000000a', format: 'uuid' })
  document_id!: string;

  @ApiProperty({ example: 2, minimum: 1, description: 'The document’s, after it.' })
  version!: number;

  @ApiProperty({ example: '0198c0de-5eed-7000-8000-000000000001', format: 'uuid' })
  user_id!: string;

  @ApiProperty({ example: '0198c0de-5eed-7000-8000-0000000000c1', format: 'uuid' })
  client_id!: string;

  @ApiProperty({ example: '0198c0de-5eed-7000-8000-0000000000f1', format: 'uuid' })
  mutation_id!: string;

  @ApiProperty({ example: '2-44136fa355b3678a' })
  revision_id!: string;

  @ApiProperty({ example: false })
  title_changed!: boolean;

  @ApiProperty({
    type: [String],
    example: ['/done'],
    description: 'JSON pointers that an update wrote at. Values are in the history.',
  })
  paths!: string[];

  @ApiProperty({ example: 'b1946ac9…', description: '64 hex digits: chained through the stream’s events.' })
  hash!: string;
}

export class LogHeadDto {
  @ApiProperty({ example: 42, minimum: 0 })
  sequence!: number;

  @ApiProperty({ example: 'b1946ac9…', description: 'The hash of that event. Note it elsewhere, to verify against.' })
  hash!: string;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto] })
  entries!: AuditEntryDto[];

  @ApiProperty({
    example: null,
    nullable: true,
    type: Number,
    description: 'Send it as `after` for the next page; null on the last one. A page may be empty and not be the last.',
  })
  next_after!: number | null;

  @ApiProperty({ type: LogHeadDto })
  head!: LogHeadDto;
}
