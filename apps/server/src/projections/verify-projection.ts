/**
 * Replays the whole log into nothing and compares what comes out with the live projection, row by row.
 *
 * Both are read in one snapshot (REPEATABLE READ), so the server may go on writing meanwhile, and both in the order of
 * stream and document, so that they can be laid side by side in bounded memory. The log is the truth: where they
 * differ, the projection is wrong, and repairing means writing its row anew. The streams' digests are part of it. A fault in the log itself is reported
 * and never repaired.
 */
import type { DataSource, QueryRunner } from 'typeorm';
import type { StoredDocument } from '../event-store/rows.js';
import { differingFields } from './compare.js';
import { countEvents, findNumberingFaults, readDocuments, readEvents } from './log-reader.js';
import { repairDocument } from './repair-document.js';
import { StreamDigests, type DigestComparison } from './stream-digests.js';
import { orderOf, replay, type DocumentKey, type Replayed } from './replay.js';

export interface ProjectionDifference extends DocumentKey {
  /** missing: the log has it, the projection does not. surplus: the other way round. */
  readonly kind: 'missing' | 'surplus' | 'differs';
  /** Which fields differ; empty for the other two kinds. */
  readonly fields: readonly string[];
  readonly repaired: boolean;
}

export interface ProjectionReport extends DigestComparison {
  readonly events: number;
  /** Documents that the log makes. */
  readonly documents: number;
  readonly differences: readonly ProjectionDifference[];
  /** How many there are; `differences` lists no more than the first `MAX_LISTED`. */
  readonly differenceCount: number;
  readonly repairedCount: number;
  /** What is wrong with the log itself, a sentence each; the first `MAX_LISTED`. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

export interface VerifyOptions {
  /** Write the rows that differ anew. Needs a second connection of the pool. */
  readonly repair?: boolean;
  /** Called after each event. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const MAX_LISTED = 100;

/** True where the projection is what the log makes of it, or has been made so. */
export function isSound(report: ProjectionReport): boolean {
  const digestsRight = report.wrongDigestCount === report.repairedDigestCount;
  return report.faultCount === 0 && report.repairedCount === report.differenceCount && digestsRight;
}

export async function verifyProjection(dataSource: DataSource, options: VerifyOptions = {}): Promise<ProjectionReport> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query('SET TRANSACTION READ ONLY');
    return await new Verification(dataSource, runner, options).run();
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    await runner.release();
  }
}

class Verification {
  private events = 0;
  private documents = 0;
  private readonly differences: ProjectionDifference[] = [];
  private differenceCount = 0;
  private repairedCount = 0;
  private readonly digests = new StreamDigests();
  private readonly faults: string[] = [];
  private faultCount = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<ProjectionReport> {
    const total = await countEvents(this.runner);
    for (const fault of await findNumberingFaults(this.runner)) this.fault(fault);
    const replayed = replay(this.counted(total));
    const stored = readDocuments(this.runner);
    let left = await next(replayed);
    let right = await next(stored);
    while (left || right) {
      const order = left && right ? compare(orderOf(left), orderOf(keyOf(right))) : left ? -1 : 1;
      await this.pair(order <= 0 ? left : undefined, order >= 0 ? right : undefined);
      if (order <= 0) left = await next(replayed);
      if (order >= 0) right = await next(stored);
    }
    const repair = this.options.repair === true ? this.dataSource : null;
    const digests = await this.digests.compare(this.runner, repair, MAX_LISTED);
    const { events, documents, differences, differenceCount, repairedCount, faults, faultCount } = this;
    return { events, documents, differences, differenceCount, repairedCount, ...digests, faults, faultCount };
  }

  private async *counted(total: number): ReturnType<typeof readEvents> {
    for await (const event of readEvents(this.runner)) {
      this.events += 1;
      this.options.onProgress?.(this.events, total);
      yield event;
    }
  }

  private async pair(replayed: Replayed | undefined, stored: StoredDocument | undefined): Promise<void> {
    if (replayed) this.documents += 1;
    if (replayed) this.digests.add(replayed);
    if (replayed && replayed.fault !== null) {
      this.fault(`document ${replayed.documentId} of stream ${replayed.streamId}: ${replayed.fault}`);
    } else if (replayed && !stored) {
      await this.difference(replayed, 'missing', []);
    } else if (!replayed && stored) {
      await this.difference(keyOf(stored), 'surplus', []);
    } else if (replayed && stored) {
      const fields = differingFields(replayed.document, stored);
      if (fields.length > 0) await this.difference(replayed, 'differs', fields);
    }
  }

  private async difference(key: DocumentKey, kind: ProjectionDifference['kind'], fields: string[]): Promise<void> {
    const repaired = this.options.repair === true && (await repairDocument(this.dataSource, key));
    this.differenceCount += 1;
    if (repaired) this.repairedCount += 1;
    const { streamId, documentId } = key;
    if (this.differences.length < MAX_LISTED) this.differences.push({ streamId, documentId, kind, fields, repaired });
  }

  private fault(description: string): void {
    this.faultCount += 1;
    if (this.faults.length < MAX_LISTED) this.faults.push(description);
  }
}

function keyOf({ state }: StoredDocument): DocumentKey {
  return { streamId: state.streamId, documentId: state.id };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function next<T>(iterator: AsyncGenerator<T>): Promise<T | undefined> {
  const step = await iterator.next();
  return step.done ? undefined : step.value;
}
