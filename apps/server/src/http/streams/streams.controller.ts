/** The caller's streams over HTTP, and how they settle what overlaps. */
import { Body, Controller, Get, Param, Put, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiBody,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { SyncError, conflictStrategySchema, streamIdSchema, type StreamInfo } from '@json-database-sync/domain';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { ConflictResolvers } from '../../conflicts/conflict-resolvers.js';
import { StreamStrategies } from '../../conflicts/stream-strategies.js';
import { EventStore } from '../../event-store/event-store.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { StreamDto, StreamsDto } from './stream.dto.js';

const strategyBody = z.strictObject({ strategy: conflictStrategySchema });

@ApiTags('streams')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@UseGuards(BearerGuard)
@Controller('api/streams')
export class StreamsController {
  constructor(
    private readonly store: EventStore,
    private readonly strategies: StreamStrategies,
    private readonly resolvers: ConflictResolvers,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The streams that one is a member of.' })
  @ApiOkResponse({ type: StreamsDto })
  async list(@Caller() { userId }: Identity): Promise<{ streams: StreamInfo[] }> {
    return { streams: await this.store.streamsOf(userId) };
  }

  @Put(':id/strategy')
  @ApiOperation({
    summary: 'Sets how a stream settles changes that overlap; for its owners.',
    description: 'Counts for every change that is decided from now on; on other nodes within half a minute.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiBody({ schema: { type: 'object', properties: { strategy: { type: 'string', example: 'client_wins' } } } })
  @ApiOkResponse({ type: StreamDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'No such strategy, or no such resolver on this server.' })
  @ApiForbiddenResponse({ type: ErrorDto, description: 'Not an owner; an unknown stream answers the same.' })
  async setStrategy(
    @Caller() { userId }: Identity,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<StreamInfo> {
    const { strategy } = decode(strategyBody, body);
    const streamId = streamIdSchema.safeParse(id).data;
    const stream = (await this.store.streamsOf(userId)).find((each) => each.stream_id === streamId);
    if (stream?.role !== 'owner') throw new SyncError('forbidden');
    if (!this.resolvers.knows(strategy)) {
      throw new SyncError('invalid_argument', 'strategy: no resolver is registered under this name');
    }
    await this.strategies.set(stream.stream_id, strategy);
    return { ...stream, strategy };
  }
}
