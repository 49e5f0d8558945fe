/** How each stream settles what overlaps. Asked for every batch, so it is kept in memory for a while. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  DEFAULT_STRATEGY,
  conflictStrategySchema,
  type ConflictStrategy,
  type DecisionContext,
  type StreamId,
} from '@json-database-sync/domain';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { queryPrepared, type PreparedStatement } from '../event-store/prepared-query.js';
import { ConflictResolvers } from './conflict-resolvers.js';

/** What another node has set counts here after at most this long. */
const MAX_AGE_MS = 30_000;
const MAX_STREAMS = 50_000;

export type Settling = Pick<DecisionContext, 'strategy' | 'resolver'>;

const LOAD: PreparedStatement = {
  name: 'load_strategies',
  text: 'SELECT id, strategy FROM streams WHERE id = ANY ($1::uuid[])',
};
const SET: PreparedStatement = {
  name: 'set_strategy',
  text: 'UPDATE streams SET strategy = $2 WHERE id = $1',
};

@Injectable()
export class StreamStrategies {
  private readonly known = new LRUCache<StreamId, ConflictStrategy>({ max: MAX_STREAMS, ttl: MAX_AGE_MS });

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly resolvers: ConflictResolvers,
  ) {}

  /** Of each stream that exists. */
  async of(streamIds: Iterable<StreamId>): Promise<ReadonlyMap<StreamId, Settling>> {
    const found = new Map<StreamId, Settling>();
    const unknown: StreamId[] = [];
    for (const streamId of new Set(streamIds)) {
      const strategy = this.known.get(streamId);
      if (strategy === undefined) unknown.push(streamId);
      else found.set(streamId, this.settling(strategy));
    }
    if (unknown.length > 0) {
      const rows = await queryPrepared<{ id: StreamId; strategy: string }>(this.dataSource, LOAD, [unknown]);
      for (const { id, strategy: stored } of rows) {
        // A newer server may know strategies that this one does not.
        const strategy = conflictStrategySchema.safeParse(stored).data ?? DEFAULT_STRATEGY;
        this.known.set(id, strategy);
        found.set(id, this.settling(strategy));
      }
    }
    return found;
  }

  async set(streamId: StreamId, strategy: ConflictStrategy): Promise<void> {
    await queryPrepared(this.dataSource, SET, [streamId, strategy]);
    this.known.delete(streamId);
  }

  private settling(strategy: ConflictStrategy): Settling {
    return { strategy, resolver: this.resolvers.of(strategy) };
  }
}
