/** The stream routes' shapes, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';
import { DocumentDto } from '../documents/document.dto.js';

export class StreamDto {
  @ApiProperty({ example: '0198c0de-5eed-7000-8000-000000000001', format: 'uuid' })
  stream_id!: string;

  @ApiProperty({ example: 'personal' })
  name!: string;

  @ApiProperty({ enum: ['owner', 'editor', 'viewer'] })
  role!: string;

  @ApiProperty({ example: 42, minimum: 0 })
  latest_sequence!: number;

  @ApiProperty({
    example: 'server_wins',
    description: '`server_wins`, `client_wins`, `manual`, or `resolver:` and the name of one that the server has.',
  })
  strategy!: string;
}

export class StreamsDto {
  @ApiProperty({ type: [StreamDto] })
  streams!: StreamDto[];
}

export class StreamPageDto {
  @ApiProperty({ example: 42, description: 'The sequence that all pages show the stream at.' })
  sequence!: number;

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
