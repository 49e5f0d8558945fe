/**
 * The lines in which commands wait for their batch (group commit). A stream is always in the same lane and a lane in one batch
 * at a time, so a stream is never in two batches at once and its order is the line's order.
 *
 * Each batch costs something whatever it holds. So what two lanes have makes one batch while that is a small one, and a
 * small batch is waited for; lanes with much to do go beside each other, and one is decided while the other is written.
 * A lone command waits for nothing.
 */
import type { StreamId } from '@json-database-sync/domain';
import type { BatchCommit } from './batch-commit.js';
import type { Submission } from './submission.js';

const LANES = 2;
/** Batches of this many gave the best rate; larger ones only make their members wait. */
const MAX_BATCH = 200;
/** Up to this many commands are one batch: 8 writers take a quarter less CPU so, 32 a sixth. */
const JOINED_MAX = 64;

interface Lane {
  waiting: Submission[];
  /** It is in the batch that is being carried out. */
  held: boolean;
}

export class CommitLanes {
  private readonly lanes: readonly Lane[] = Array.from({ length: LANES }, () => ({ waiting: [], held: false }));
  /** Commands of the batches that are being carried out. */
  private underWay = 0;
  private isDue = false;
  private readonly waitForEnd: (() => void)[] = [];

  /**
   * @param newBatch what carries the next batch out; never throws, since each submission learns its own fate
   * @param nextTurn settles once whatever else this turn of the event loop brings has been handed in
   */
  constructor(
    private readonly newBatch: () => Pick<BatchCommit, 'commit' | 'withoutFollowers'>,
    private readonly nextTurn: () => Promise<void>,
  ) {}

  /** Commands that wait for their batch. */
  get length(): number {
    return this.lanes.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** Settles once no command waits and none is being carried out. */
  drained(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.waitForEnd.push(resolve));
  }

  private get isIdle(): boolean {
    return this.length === 0 && this.underWay === 0;
  }

  submit(submission: Submission): void {
    const lane = this.laneOf(submission);
    lane.waiting.push(submission);
    if (!lane.held && !this.isDue) void this.beginNextTurn();
  }

  /** Whatever else this turn of the event loop brings goes into the same batch. */
  private async beginNextTurn(): Promise<void> {
    this.isDue = true;
    await this.nextTurn();
    this.isDue = false;
    this.begin();
  }

  private begin(): void {
    const ready = this.lanes.filter(({ waiting, held }) => !held && waiting.length > 0);
    const count = ready.reduce((sum, { waiting }) => sum + waiting.length, 0);
    if (count === 0) return;
    if (count + this.underWay > JOINED_MAX) for (const lane of ready) void this.run([lane]);
    // Otherwise the end of the batch under way is waited for.
    else if (this.underWay === 0) void this.run(ready);
  }

  private async run(lanes: readonly Lane[]): Promise<void> {
    const batch = lanes.flatMap((lane) => lane.waiting.splice(0, MAX_BATCH));
    for (const lane of lanes) lane.held = true;
    this.underWay += batch.length;
    const work = this.newBatch();
    const deferred = await work.commit(batch);
    for (const lane of lanes) {
      const own = deferred.filter((submission) => this.laneOf(submission) === lane);
      lane.waiting = work.withoutFollowers([...own, ...lane.waiting]);
      lane.held = false;
    }
    this.underWay -= batch.length;
    this.begin();
    if (this.isIdle) for (const end of this.waitForEnd.splice(0)) end();
  }

  private laneOf({ command }: Submission): Lane {
    const lane = this.lanes[laneNumber(command.streamId)];
    if (!lane) throw new RangeError('a stream has no lane');
    return lane;
  }
}

/** The first group of a UUID is as good as random for version 4, and for 7 it is time: the last digit is not. */
function laneNumber(streamId: StreamId): number {
  return Number.parseInt(streamId.slice(-1), 16) % LANES;
}
