/** A document's past over HTTP: any version, the events, and what changed between two versions. Deleted ones included. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiGoneResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import {
  LIMITS,
  SyncError,
  diffJson,
  documentIdSchema,
  personalStreamOf,
  timestampSchema,
  toChangeEvent,
  toWireDocument,
} from '@json-database-sync/domain';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { EventStore, type DocumentKey } from '../../event-store/event-store.js';
import { TimeTravel } from '../../event-store/time-travel.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { DocumentHistoryDto, DocumentDiffDto } from './document-history.dto.js';
import { DocumentDto } from './document.dto.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = LIMITS.historyPageMax;

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'not a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max));
const version = wholeNumber(LIMITS.version);

const versionParameters = z.strictObject({ version });
const timeParameters = z.strictObject({ time: timestampSchema });
const historyParameters = z.strictObject({
  limit: wholeNumber(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: version.default(LIMITS.version),
});
const diffParameters = z.strictObject({ from: version, to: version.optional() });

@ApiTags('documents')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@ApiParam({ name: 'id', format: 'uuid' })
@ApiBadRequestResponse({ type: ErrorDto })
@ApiNotFoundResponse({ type: ErrorDto, description: 'There is no such document, or it has no such version.' })
@ApiGoneResponse({ type: ErrorDto, description: 'The log no longer reaches back to it.' })
@UseGuards(BearerGuard)
@Controller('api/documents/:id')
export class DocumentHistoryController {
  constructor(
    private readonly store: EventStore,
    private readonly timeTravel: TimeTravel,
  ) {}

  @Get('versions/:version')
  @ApiOperation({ summary: 'A document as it was at a version.' })
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse({ type: DocumentDto })
  async atVersion(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Param('version') text: string,
  ): Promise<DocumentDto> {
    const wanted = decode(versionParameters, { version: text });
    return toWireDocument(await this.timeTravel.atVersion(keyOf(caller, id), wanted.version));
  }

  @Get('at')
  @ApiOperation({ summary: 'A document as it was at a time.' })
  @ApiQuery({ name: 'time', schema: { type: 'string', format: 'date-time' }, example: '2026-01-02T03:04:05.678Z' })
  @ApiOkResponse({ type: DocumentDto })
  async atTime(@Caller() caller: Identity, @Param('id') id: string, @Query() query: unknown): Promise<DocumentDto> {
    const { time } = decode(timeParameters, query);
    return toWireDocument(await this.timeTravel.atTime(keyOf(caller, id), time));
  }

  @Get('history')
  @ApiOperation({
    summary: 'What happened to a document, newest first.',
    description: 'A page may hold fewer than `limit` events where they are large; only `next_cursor` tells the end.',
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiOkResponse({ type: DocumentHistoryDto })
  async history(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<DocumentHistoryDto> {
    const { limit, cursor } = decode(historyParameters, query);
    const { streamId, documentId } = keyOf(caller, id);
    const events = await this.store.history(streamId, documentId, cursor, limit);
    const oldest = events.at(-1);
    if (!oldest && !(await this.store.document(streamId, documentId))) throw new SyncError('document_not_found');
    return {
      events: events.map(toChangeEvent),
      next_cursor: oldest && oldest.version > 1 ? oldest.version : null,
    };
  }

  @Get('diff')
  @ApiOperation({ summary: 'What changed from one version of a document to another, in either direction.' })
  @ApiQuery({ name: 'from', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({
    name: 'to',
    required: false,
    schema: { type: 'integer', minimum: 1 },
    description: 'Default: the current one.',
  })
  @ApiOkResponse({ type: DocumentDiffDto })
  async diff(@Caller() caller: Identity, @Param('id') id: string, @Query() query: unknown): Promise<DocumentDiffDto> {
    const { from, to } = decode(diffParameters, query);
    const { streamId, documentId } = keyOf(caller, id);
    const current = await this.store.document(streamId, documentId);
    if (!current) throw new SyncError('document_not_found');
    const before = await this.timeTravel.fromCurrent(current.state, from);
    const after = await this.timeTravel.fromCurrent(current.state, to ?? current.state.version);
    const wasDeleted = before.deletedAt !== null;
    const isDeleted = after.deletedAt !== null;
    return {
      from: before.version,
      to: after.version,
      patch: diffJson(before.content, after.content).map((operation) => ({ ...operation })),
      title: before.title === after.title ? null : { from: before.title, to: after.title },
      deleted: wasDeleted === isDeleted ? null : { from: wasDeleted, to: isDeleted },
    };
  }
}

/** @throws SyncError `document_not_found` for what is no id: there is no such document */
function keyOf({ userId }: Identity, id: string): DocumentKey {
  const documentId = documentIdSchema.safeParse(id);
  if (!documentId.success) throw new SyncError('document_not_found');
  return { streamId: personalStreamOf(userId), documentId: documentId.data };
}
