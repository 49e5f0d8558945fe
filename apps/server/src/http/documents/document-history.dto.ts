/** The shapes of the routes into a document's past, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';

export class DocumentHistoryDto {
  @ApiProperty({
    type: [Object],
    description: 'ChangeEvents as in the streaming dialect (docs/protocol.md), newest first.',
  })
  events!: object[];

  @ApiProperty({
    example: null,
    nullable: true,
    type: Number,
    description: 'Send it as `cursor` for what is older; null on the last page.',
  })
  next_cursor!: number | null;
}

export class TitleChangeDto {
  @ApiProperty({ example: 'Groceries' })
  from!: string;

  @ApiProperty({ example: 'Groceries for Sunday' })
  to!: string;
}

export class DeletionChangeDto {
  @ApiProperty({ example: false })
  from!: boolean;

  @ApiProperty({ example: true })
  to!: boolean;
}

export class DocumentDiffDto {
  @ApiProperty({ example: 2, minimum: 1 })
  from!: number;

  @ApiProperty({ example: 5, minimum: 1 })
  to!: number;

  @ApiProperty({
    type: [Object],
    example: [{ op: 'replace', path: '/done', value: true }],
    description: 'JSON Patch (RFC 6902) from the one content to the other.',
  })
  patch!: object[];

  @ApiProperty({ nullable: true, type: TitleChangeDto, description: 'null where the title is the same.' })
  title!: TitleChangeDto | null;

  @ApiProperty({ nullable: true, type: DeletionChangeDto, description: 'null where both are deleted, or neither.' })
  deleted!: DeletionChangeDto | null;
}
