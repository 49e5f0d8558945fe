/** The document routes' shapes, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';

export class DocumentDto {
  @ApiProperty({ example: '0198c0de-5eed-7000-8000-00000000000a', format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '0198c0de-5eed-7000-8000-000000000001', format: 'uuid', description: 'Who created it.' })
  user_id!: string;

  @ApiProperty({ example: 'Groceries' })
  title!: string;

  @ApiProperty({ example: { text: 'Milk', done: false }, description: 'Any JSON value.', type: Object })
  content!: unknown;

  @ApiProperty({ example: '2-44136fa355b3678a', description: 'The version and the first half of the content’s hash.' })
  revision_id!: string;

  @ApiProperty({ example: 2, minimum: 1 })
  version!: number;

  @ApiProperty({ example: { '0198c0de-5eed-7000-8000-0000000000c1': 2 }, type: Object })
  vector_clock!: Record<string, number>;

  @ApiProperty({ example: '2026-01-02T03:04:05.678Z', format: 'date-time' })
  created_at!: string;

  @ApiProperty({ example: '2026-01-02T03:05:00.000Z', format: 'date-time' })
  updated_at!: string;

  @ApiProperty({ example: null, format: 'date-time', nullable: true, type: String })
  deleted_at!: string | null;
}

export class DocumentsPageDto {
  @ApiProperty({ type: [DocumentDto] })
  documents!: DocumentDto[];

  @ApiProperty({
    example: null,
    nullable: true,
    type: String,
    description: 'Send it as `cursor` for the next page; null on the last one.',
  })
  next_cursor!: string | null;
}
