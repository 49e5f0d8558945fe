/** A stream's audit trail over HTTP, for its members: in pages, and whole as a download. */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import {
  LIMITS,
  SyncError,
  auditKindSchema,
  documentIdSchema,
  streamIdSchema,
  timestampSchema,
  userIdSchema,
  type StreamId,
} from '@json-database-sync/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { toAuditEntry } from '../../audit/audit-entry.js';
import { exportLog, type ExportFormat } from '../../audit/audit-export.js';
import { AuditLog } from '../../audit/audit-log.js';
import { EventStore } from '../../event-store/event-store.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { AuditPageDto } from './audit.dto.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = LIMITS.changesPageMax;

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'not a whole number')
  .transform(Number);

const filterParameters = {
  user: userIdSchema.optional(),
  document: documentIdSchema.optional(),
  from: timestampSchema.optional(),
  to: timestampSchema.optional(),
  kind: auditKindSchema.optional(),
  after: wholeNumber.default(0),
};
const pageParameters = z.strictObject({
  ...filterParameters,
  limit: wholeNumber.pipe(z.int().min(1).max(MAX_LIMIT)).default(DEFAULT_LIMIT),
});
const exportParameters = z.strictObject({ ...filterParameters, format: z.enum(['jsonl', 'csv']).optional() });

const CONTENT_TYPES = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
} as const satisfies Record<ExportFormat, string>;

@ApiTags('audit')
@ApiBearerAuth()
@ApiHeader({ name: 'X-User-Id', required: false, description: 'In demo mode: whose token it is.' })
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@ApiForbiddenResponse({ type: ErrorDto, description: 'Not a member; an unknown stream answers the same.' })
@ApiBadRequestResponse({ type: ErrorDto })
@ApiParam({ name: 'id', format: 'uuid' })
@ApiQuery({ name: 'user', required: false, description: 'Only changes by this user.' })
@ApiQuery({ name: 'document', required: false, description: 'Only changes of this document.' })
@ApiQuery({ name: 'from', required: false, schema: { type: 'string', format: 'date-time' }, description: 'From then.' })
@ApiQuery({ name: 'to', required: false, schema: { type: 'string', format: 'date-time' }, description: 'Before then.' })
@ApiQuery({ name: 'kind', required: false, enum: auditKindSchema.options, description: 'What it did, or was for.' })
@ApiQuery({ name: 'after', required: false, schema: { type: 'integer', minimum: 0 }, description: 'A sequence.' })
@UseGuards(BearerGuard)
@Controller('api/streams/:id/audit')
export class AuditController {
  constructor(
    private readonly log: AuditLog,
    private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Who changed what in a stream, oldest first.',
    description:
      'Metadata and places, no values. Only `next_after` tells the end: a page looks at so many events only.',
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })
  @ApiOkResponse({ type: AuditPageDto })
  async page(@Caller() caller: Identity, @Param('id') id: string, @Query() query: unknown): Promise<AuditPageDto> {
    const { after, limit, ...filter } = decode(pageParameters, query);
    const streamId = await this.readable(caller, id);
    const head = await this.log.head(streamId);
    const { rows, next } = await this.log.page(streamId, filter, { after, upTo: head.sequence, limit });
    return { entries: rows.map(toAuditEntry), next_after: next, head };
  }

  @Get('export')
  @ApiOperation({
    summary: 'The log as a download, made while it is read.',
    description:
      'JSON lines hold whole events with their hashes, after a header, and can be verified with no server. CSV holds ' +
      'what the pages hold: metadata and places, no values.',
  })
  @ApiQuery({
    name: 'format',
    required: false,
    enum: ['jsonl', 'csv'],
    description: 'Without it, by `Accept`: `text/csv`, or else JSON lines.',
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Query() query: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { after, format: named, ...filter } = decode(exportParameters, query);
    const format = named ?? (request.accepts(['application/x-ndjson', 'text/csv']) === 'text/csv' ? 'csv' : 'jsonl');
    const streamId = await this.readable(caller, id);
    const text = await exportLog(this.log, { streamId, format, filter, after }, new Date().toISOString());
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    response.setHeader('Content-Disposition', `attachment; filename="audit-${streamId}.${format}"`);
    // A page is read when the one before it has gone out. A failure cuts the connection, so that nobody takes a part for
    // the whole; that a reader has gone is none.
    await pipeline(Readable.from(text, { objectMode: true, highWaterMark: 1 }), response).catch((error: unknown) => {
      if (!isPrematureClose(error)) throw error;
    });
  }

  private async readable({ userId }: Identity, id: string): Promise<StreamId> {
    const streamId = streamIdSchema.safeParse(id).data;
    const stream = (await this.store.streamsOf(userId)).find((each) => each.stream_id === streamId);
    if (!stream) throw new SyncError('forbidden');
    return stream.stream_id;
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
