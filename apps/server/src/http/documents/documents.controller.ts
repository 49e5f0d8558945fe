/** Reading documents over HTTP: those of the caller's personal stream. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiGatewayTimeoutResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { documentIdSchema, LIMITS, personalStreamOf, SyncError, toWireDocument } from '@json-database-sync/domain';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { GetDocumentQuery } from '../../documents/queries/get-document.query.js';
import {
  containsCondition,
  equalsCondition,
  type DocumentCondition,
} from '../../documents/queries/document-condition.js';
import { ListDocumentsQuery } from '../../documents/queries/list-documents.query.js';
import { SearchDocumentsQuery } from '../../documents/queries/search-documents.query.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { DocumentDto, DocumentsPageDto } from './document.dto.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = LIMITS.snapshotPage;

const listParameters = z
  .strictObject({
    limit: z
      .string()
      .regex(/^\d{1,4}$/, 'not a whole number')
      .transform(Number)
      .pipe(z.int().min(1).max(MAX_LIMIT))
      .default(DEFAULT_LIMIT),
    cursor: documentIdSchema.nullable().default(null),
    include_deleted: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .default(false),
    contains: z.string().optional(),
    path: z.string().max(LIMITS.pointerCharacters).optional(),
    equals: z.string().optional(),
  })
  .refine(({ path, equals }) => (path === undefined) === (equals === undefined), 'path and equals go together');

@ApiTags('documents')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@UseGuards(BearerGuard)
@Controller('api/documents')
export class DocumentsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'The documents, all or those that hold certain values, in the order of their ids.',
    description:
      'A page may hold fewer than `limit` documents where they are large; only `next_cursor` tells the end. ' +
      '`contains` and `path` with `equals` narrow it down; together, both have to hold.',
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiQuery({ name: 'include_deleted', required: false, schema: { type: 'boolean', default: false } })
  @ApiQuery({
    name: 'contains',
    required: false,
    example: '{"status":"open","tags":["shop"]}',
    description: 'JSON that the content contains: these members, and arrays that have these items in any order.',
  })
  @ApiQuery({ name: 'path', required: false, example: '/owner/name', description: 'JSON pointer into the content.' })
  @ApiQuery({ name: 'equals', required: false, example: '"Ada"', description: 'The JSON value that stands at `path`.' })
  @ApiOkResponse({ type: DocumentsPageDto })
  @ApiBadRequestResponse({ type: ErrorDto })
  @ApiGatewayTimeoutResponse({ type: ErrorDto, description: 'The search took too long.' })
  async list(@Caller() { userId }: Identity, @Query() parameters: unknown): Promise<DocumentsPageDto> {
    const { limit, cursor, include_deleted, contains, path, equals } = decode(listParameters, parameters);
    const conditions: DocumentCondition[] = [];
    if (contains !== undefined) conditions.push(containsCondition(contains));
    if (path !== undefined && equals !== undefined) conditions.push(equalsCondition(path, equals));
    const page = { after: cursor, limit, includeDeleted: include_deleted };
    const streamId = personalStreamOf(userId);
    const query =
      conditions.length === 0
        ? new ListDocumentsQuery(streamId, page)
        : new SearchDocumentsQuery(streamId, conditions, page);
    const { documents, next } = await this.queries.execute(query);
    return { documents: documents.map(toWireDocument), next_cursor: next };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One live document.' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: DocumentDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'Unknown, deleted, or somebody else’s: the answer is the same.' })
  async get(@Caller() { userId }: Identity, @Param('id') id: string): Promise<DocumentDto> {
    const documentId = documentIdSchema.safeParse(id);
    if (!documentId.success) throw new SyncError('document_not_found');
    const document = await this.queries.execute(new GetDocumentQuery(personalStreamOf(userId), documentId.data));
    if (!document || document.deletedAt !== null) throw new SyncError('document_not_found');
    return toWireDocument(document);
  }
}
