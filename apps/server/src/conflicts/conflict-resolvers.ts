/**
 * The functions that streams may have their overlaps settled by, registered by name through Nest's dependency injection:
 *
 *     @Injectable()
 *     @ConflictResolver('union-of-tags')
 *     export class UnionOfTags implements Resolver {
 *       resolve({ base, current, incoming }: ConflictSides): Resolution | null { ... }
 *     }
 *
 * in the providers of any module of the application; a stream whose strategy is `resolver:union-of-tags` is settled by it.
 * A resolver is pure and synchronous: it runs while a batch is being decided, and may run again for the same change.
 */
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import {
  conflictStrategySchema,
  resolverNameOf,
  type ConflictSides,
  type ConflictStrategy,
  type Resolution,
  type ResolveConflict,
} from '@json-database-sync/domain';

export interface Resolver {
  /** null leaves it to `server_wins`. */
  resolve(sides: ConflictSides): Resolution | null;
}

/** Registers a provider under a name of lower-case letters, digits, `-` and `_`. */
export const ConflictResolver = DiscoveryService.createDecorator<string>();

@Injectable()
export class ConflictResolvers implements OnModuleInit {
  private readonly logger = new Logger(ConflictResolvers.name);
  private readonly resolvers = new Map<string, ResolveConflict>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ConflictResolver.KEY })) {
      const name = this.discovery.getMetadataByDecorator(ConflictResolver, wrapper);
      if (name === undefined) continue;
      const instance: unknown = wrapper.instance;
      if (!conflictStrategySchema.safeParse(`resolver:${name}`).success || this.resolvers.has(name)) {
        throw new Error(`"${name}" cannot name a conflict resolver, or does so twice`);
      }
      if (!isResolver(instance)) throw new Error(`the conflict resolver "${name}" has no method "resolve"`);
      this.resolvers.set(name, (sides) => this.ask(name, instance, sides));
    }
  }

  /** Whether a stream can be given this strategy. */
  knows(strategy: ConflictStrategy): boolean {
    const name = resolverNameOf(strategy);
    return name === null || this.resolvers.has(name);
  }

  /** undefined for a strategy that has none, or one that this server does not know (any more). */
  of(strategy: ConflictStrategy): ResolveConflict | undefined {
    const name = resolverNameOf(strategy);
    return name === null ? undefined : this.resolvers.get(name);
  }

  private ask(name: string, resolver: Resolver, sides: ConflictSides): Resolution | null {
    try {
      // A copy: one that edits what it is handed must not reach the documents that the server keeps in memory.
      const resolution: unknown = resolver.resolve(structuredClone(sides));
      if (isResolution(resolution)) return resolution;
      const what = resolution === null ? 'left a conflict' : 'gave no resolution to a conflict; it is left';
      this.logger.warn(`the conflict resolver "${name}" ${what} to server_wins`);
    } catch (error) {
      this.logger.error(`the conflict resolver "${name}" failed; server_wins settles the conflict`, error);
    }
    return null;
  }
}

function isResolver(value: unknown): value is Resolver {
  return typeof value === 'object' && value !== null && 'resolve' in value && typeof value.resolve === 'function';
}

function isResolution(value: unknown): value is Resolution {
  if (typeof value !== 'object' || value === null || !('content' in value)) return false;
  return !('title' in value) || value.title === undefined || typeof value.title === 'string';
}
