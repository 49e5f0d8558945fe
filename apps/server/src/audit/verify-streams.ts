/**
 * Follows every stream's chain of hashes and holds its end against the head that the stream's row keeps.
 *
 * All of it is read in one snapshot (REPEATABLE READ), page by page, so the server may go on writing meanwhile. Nothing is
 * ever repaired: an event that is not what was committed can only come back from a backup.
 */
import { ChainVerifier, type ChainFault, type EventHash } from '@json-database-sync/domain';
import { QueryFailedError, type DataSource, type QueryRunner } from 'typeorm';
import { countEvents } from '../projections/log-reader.js';
import { sha256 } from '../sha256.js';
import { readChain, readHeads, streamsWithoutRow, type StreamHead } from './chain-reader.js';

export interface StreamVerdict {
  readonly streamId: string;
  /** The sequence that the log begins with; above 1 where what came before is gone. 0 for a stream without events. */
  readonly first: number;
  /** The last event that was found right, and its hash. */
  readonly last: number;
  readonly head: EventHash | null;
  readonly notedHeadAt: number | null;
  readonly fault: ChainFault | null;
}

export interface VerifyStreamsOptions {
  /** Only this one. */
  readonly streamId?: string | undefined;
  /** A head of that stream that was noted at some time. */
  readonly notedHead?: EventHash | undefined;
  /** Called after each event. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Gives each stream's verdict as it is found. */
export async function* verifyStreams(
  dataSource: DataSource,
  options: VerifyStreamsOptions = {},
): AsyncGenerator<StreamVerdict> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query('SET TRANSACTION READ ONLY');
    const total = await countEvents(runner, options.streamId);
    let done = 0;
    const progress = (): void => options.onProgress?.(++done, total);
    for await (const head of readHeads(runner, options.streamId)) {
      yield await verifyStream(runner, head, options.notedHead, progress);
    }
    if (options.streamId === undefined) {
      for (const streamId of await streamsWithoutRow(runner)) yield strayStream(streamId);
    }
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    await runner.release();
  }
}

async function verifyStream(
  runner: QueryRunner,
  stream: StreamHead,
  notedHead: EventHash | undefined,
  progress: () => void,
): Promise<StreamVerdict> {
  const { streamId } = stream;
  let chain: ChainVerifier | undefined;
  let first = 0;
  let fault: ChainFault | null = null;
  await runner.query('SAVEPOINT stream');
  try {
    for await (const event of readChain(runner, streamId)) {
      if (!chain) {
        first = Math.max(1, event.sequence);
        chain = new ChainVerifier({ streamId, afterSequence: first - 1, anchor: null, notedHead }, sha256);
      }
      fault = chain.add(event);
      if (fault) break;
      progress();
    }
  } catch (error) {
    // A pack that was tampered with need not be one any more; the other streams are looked at all the same.
    if (!(error instanceof QueryFailedError)) throw error;
    await runner.query('ROLLBACK TO SAVEPOINT stream');
    const sequence = (chain?.lastSequence ?? 0) + 1;
    fault = { sequence, documentId: null, version: null, problem: 'or one soon after it cannot be read at all' };
  }
  chain ??= new ChainVerifier({ streamId, afterSequence: 0, anchor: null, notedHead }, sha256);
  fault ??= chain.end(stream);
  return { streamId, first, last: chain.lastSequence, head: chain.head, notedHeadAt: chain.notedHeadAt, fault };
}

function strayStream(streamId: string): StreamVerdict {
  const fault = { sequence: 1, documentId: null, version: null, problem: 'and what follows belong to no stream' };
  return { streamId, first: 0, last: 0, head: null, notedHeadAt: null, fault };
}
