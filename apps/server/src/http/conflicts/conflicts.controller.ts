/** The conflict ledger over HTTP. Conflicts of streams that one is no member of answer like ones that do not exist. */
import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiConflictResponse,
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
  conflictIdSchema,
  conflictStatusSchema,
  documentIdSchema,
  personalStreamOf,
  streamIdSchema,
  type ConflictDetail,
  type ConflictId,
  type StreamId,
  type WireConflict,
} from '@json-database-sync/domain';
import { z } from 'zod';
import type { Identity } from '../../accounts/accounts.js';
import { clientIdFor } from '../../accounts/client-id.js';
import { ApplyConflict } from '../../conflicts/apply-conflict.command.js';
import { ConflictLedger, toConflictDetail } from '../../conflicts/conflict-ledger.js';
import { EventStore } from '../../event-store/event-store.js';
import { newMutationId } from '../../pipeline/commit-pipeline.js';
import { BearerGuard, Caller } from '../auth/bearer.guard.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { AppliedConflictDto, ConflictDetailDto, ConflictDto, ConflictsPageDto } from './conflict.dto.js';

const MAX_LIMIT = LIMITS.historyPageMax;
const streamParameter = { stream_id: streamIdSchema.optional() };
const streamParameters = z.strictObject(streamParameter);
const listParameters = z.strictObject({
  ...streamParameter,
  document_id: documentIdSchema.optional(),
  status: conflictStatusSchema.optional(),
  cursor: conflictIdSchema.optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'not a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_LIMIT))
    .default(50),
});

@ApiTags('conflicts')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ type: ErrorDto, description: 'The bearer token is missing or not accepted.' })
@ApiQuery({ name: 'stream_id', required: false, description: 'Default: the personal stream.' })
@UseGuards(BearerGuard)
@Controller('api/conflicts')
export class ConflictsController {
  constructor(
    private readonly ledger: ConflictLedger,
    private readonly store: EventStore,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Changes that lost, in part or whole, newest first.' })
  @ApiQuery({ name: 'document_id', required: false })
  @ApiQuery({ name: 'status', required: false, enum: ['open', 'dismissed', 'applied'] })
  @ApiQuery({ name: 'cursor', required: false, description: 'The `next_cursor` of the page before.' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: 50 },
  })
  @ApiOkResponse({ type: ConflictsPageDto })
  async list(
    @Caller() caller: Identity,
    @Query() parameters: unknown,
  ): Promise<{ conflicts: WireConflict[]; next_cursor: string | null }> {
    const { stream_id, document_id: documentId, status, cursor: before, limit } = decode(listParameters, parameters);
    const streamId = await this.streamFor(caller, stream_id, 'read');
    const { conflicts, next } = await this.ledger.list(streamId, { documentId, status, before, limit });
    return { conflicts, next_cursor: next };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of them, with both sides and what bringing it back would give.' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConflictDetailDto })
  @ApiNotFoundResponse({ type: ErrorDto })
  async show(@Caller() caller: Identity, @Param('id') id: string, @Query() query: unknown): Promise<ConflictDetail> {
    const { streamId, conflictId } = await this.named(caller, id, query, 'read');
    return toConflictDetail(await this.ledger.show(streamId, conflictId));
  }

  @Post(':id/dismiss')
  @HttpCode(200)
  @ApiOperation({ summary: 'Says that it has been seen. One that was brought back stays so.' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: ConflictDto })
  @ApiNotFoundResponse({ type: ErrorDto })
  async dismiss(@Caller() caller: Identity, @Param('id') id: string, @Query() query: unknown): Promise<WireConflict> {
    const { streamId, conflictId } = await this.named(caller, id, query, 'write');
    return this.ledger.dismiss(streamId, conflictId);
  }

  @Post(':id/apply')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Brings it back: the lost parts become what their author wanted, as a new change.',
    description: 'The change is by the caller. One that loses in turn is a new conflict, and this one stays open.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiOkResponse({ type: AppliedConflictDto })
  @ApiNotFoundResponse({ type: ErrorDto })
  @ApiConflictResponse({ type: ErrorDto, description: 'Brought back before, or without a place in the document.' })
  async apply(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<AppliedConflictDto> {
    const { streamId, conflictId } = await this.named(caller, id, query, 'write');
    const { userId } = caller;
    const author = { userId, clientId: clientIdFor(userId, 'http'), mutationId: newMutationId() };
    const reply = await this.commands.execute(new ApplyConflict(streamId, conflictId, author));
    return {
      status: reply.status,
      document_id: reply.state.id,
      version: reply.version,
      sequence: reply.sequence,
      conflict_id: reply.conflict?.id ?? null,
    };
  }

  private async named(
    caller: Identity,
    id: string,
    query: unknown,
    to: 'read' | 'write',
  ): Promise<{ streamId: StreamId; conflictId: ConflictId }> {
    const { stream_id } = decode(streamParameters, query);
    const conflictId = conflictIdSchema.safeParse(id).data;
    if (!conflictId) throw new SyncError('document_not_found', 'there is no such conflict');
    return { streamId: await this.streamFor(caller, stream_id, to), conflictId };
  }

  private async streamFor({ userId }: Identity, named: StreamId | undefined, to: 'read' | 'write'): Promise<StreamId> {
    const personal = personalStreamOf(userId);
    if (named === undefined || named === personal) return personal;
    const stream = (await this.store.streamsOf(userId)).find((each) => each.stream_id === named);
    if (!stream || (to === 'write' && stream.role === 'viewer')) throw new SyncError('forbidden');
    return named;
  }
}
