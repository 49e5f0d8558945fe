/** A whole stream over HTTP: as it is, or as it was at a time or a sequence. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiGoneResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { LIMITS, SyncError, streamIdSchema, timestampSchema, toWireDocument } from '@json-database-sync/domain';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { EventStore } from '../../event-store/event-store.js';
import { StreamPast } from '../../event-store/stream-past.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { StreamPageDto } from './stream.dto.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = LIMITS.snapshotPage;

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'not a whole number')
  .transform(Number);

const pageParameters = z
  .strictObject({
    at: timestampSchema.optional(),
    sequence: wholeNumber.optional(),
    limit: wholeNumber.pipe(z.int().min(1).max(MAX_LIMIT)).default(DEFAULT_LIMIT),
    cursor: z.string().max(200).nullable().default(null),
    include_deleted: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .default(false),
  })
  .refine(({ at, sequence }) => at === undefined || sequence === undefined, 'either at or sequence, not both');

@ApiTags('streams')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@UseGuards(BearerGuard)
@Controller('api/streams/:id/documents')
export class StreamPastController {
  constructor(
    private readonly store: EventStore,
    private readonly past: StreamPast,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The documents of a stream, as they are or as they were, in the order of their ids.',
    description:
      'All pages show the stream at the sequence that the first one names. A page may hold fewer than `limit` documents; ' +
      'only `next_cursor` tells the end. A time stands for the sequence that the stream had come to by then.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiQuery({
    name: 'at',
    required: false,
    schema: { type: 'string', format: 'date-time' },
    example: '2026-01-02T03:04:05.678Z',
  })
  @ApiQuery({ name: 'sequence', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiQuery({ name: 'include_deleted', required: false, schema: { type: 'boolean', default: false } })
  @ApiOkResponse({ type: StreamPageDto })
  @ApiBadRequestResponse({ type: ErrorDto })
  @ApiForbiddenResponse({ type: ErrorDto, description: 'Not a member; an unknown stream answers the same.' })
  @ApiGoneResponse({ type: ErrorDto, description: 'The log no longer reaches back to it.' })
  async page(
    @Caller() { userId }: Identity,
    @Param('id') id: string,
    @Query() parameters: unknown,
  ): Promise<StreamPageDto> {
    const { at, sequence, limit, cursor, include_deleted: includeDeleted } = decode(pageParameters, parameters);
    const wanted = streamIdSchema.safeParse(id).data;
    const stream = (await this.store.streamsOf(userId)).find((each) => each.stream_id === wanted);
    if (!stream) throw new SyncError('forbidden');
    const when = at !== undefined ? { time: at } : sequence !== undefined ? { sequence } : ('now' as const);
    const page = await this.past.page({ streamId: stream.stream_id, when, limit, cursor, includeDeleted });
    return { sequence: page.sequence, documents: page.documents.map(toWireDocument), next_cursor: page.cursor };
  }
}
