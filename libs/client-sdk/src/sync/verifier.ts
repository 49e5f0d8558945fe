/**
 * Sees to it that "in sync" is a fact: compares the digest of what is confirmed here with the server's, and where they
 * differ finds the documents that do and puts them right.
 *
 *      idle ──came further, now and then, or asked──> digest ──same──> verified
 *                                                     ^  └─differs──> scan ──> buckets ──> documents ──> repair ─┐
 *                                                     └──────────────────────────────────────────────────────────┘
 *
 * Invariants:
 * - an answer counts only where it is of the very sequence that the cursor stands at: else it is asked for again, so many
 *   times, and then put off;
 * - a verification has so many rounds, and the next one comes no sooner than its time: nothing loops;
 * - no pending change is touched; each repair is reported.
 */
import {
  SyncError,
  fromWireDocument,
  type DocumentId,
  type StreamId,
  type StreamingDownOf,
  type StreamingUp,
  type WireError,
} from '@json-database-sync/domain';
import { timestamp, type CancelTimer, type Platform } from '../platform/platform.js';
import type { LocalStore } from '../store/local-store.js';
import { adoptStrategy } from './adopt-strategy.js';
import { Backoff } from './backoff.js';
import { LocalDigests } from './compare-digests.js';
import type { EngineListener } from './engine-events.js';
import type { Puller } from './puller.js';
import { repairDocuments, type RepairedDocument } from './repair-documents.js';
import { fromWireError, isAnswer, unexpectedAnswer, type Answer, type Session } from './session.js';
import { SYNC_LIMITS } from './sync-limits.js';

export interface VerifyReport {
  /** At which both were the same, in the end. */
  readonly sequence: number;
  readonly verifiedAt: string;
  /** What was not, and is now. */
  readonly repaired: readonly RepairedDocument[];
}

interface Asked {
  readonly deep: boolean;
  resolve(report: VerifyReport): void;
  reject(error: unknown): void;
}

interface VerifierContext {
  readonly store: LocalStore;
  readonly platform: Platform;
  readonly listener: EngineListener;
  readonly session: Session;
  readonly streamId: StreamId;
  readonly puller: Pick<Puller, 'isLive' | 'learn' | 'startAnew'>;
}

/** It cannot be told now; nothing is wrong. */
class Postponed extends Error {}

type Compared = 'digest' | 'document_digests' | 'documents';

export class Verifier {
  private running = false;
  /** The server does not know the messages. */
  private refused: SyncError | null = null;
  private due = true;
  /** Where we stood when it was last looked at. */
  private seenCursor: number | null = null;
  /** On the monotonic clock; a new question does not wait for it. */
  private notBefore = -Infinity;
  private cancelWait: CancelTimer | null = null;
  private asked: Asked[] = [];
  /** Whom the verification that is running is for. */
  private serving: Asked[] = [];
  private readonly backoff: Backoff;

  constructor(private readonly context: VerifierContext) {
    const { platform } = context;
    this.backoff = new Backoff({ initialMs: SYNC_LIMITS.verifyRetryMs, maxMs: SYNC_LIMITS.verifyMs }, () =>
      platform.random(),
    );
    this.lookAgain();
  }

  /** Settles with the next verification that begins after this call. @throws SyncError */
  ask(deep: boolean): Promise<VerifyReport> {
    if (this.refused) return Promise.reject(this.refused);
    const report = new Promise<VerifyReport>((resolve, reject) => this.asked.push({ deep, resolve, reject }));
    this.notBefore = -Infinity;
    this.context.session.guarded(() => this.poke());
    return report;
  }

  /** The session is over: nobody is to wait any longer. */
  end(): void {
    const waiting = [...this.serving, ...this.asked];
    this.serving = this.asked = [];
    for (const each of waiting) each.reject(new SyncError('connection_lost'));
  }

  /** Works out whether it is time; harmless at any time. */
  poke(): void {
    const { session, puller, platform } = this.context;
    if (this.running || this.refused || !session.isOpen || !puller.isLive) return;
    if (this.asked.length === 0 && !this.due && this.cursor() === this.seenCursor) return;
    const waitMs = this.notBefore - platform.monotonic();
    this.cancelWait?.();
    this.cancelWait = null;
    if (waitMs > 0) this.cancelWait = session.after(waitMs, () => this.poke());
    else this.run();
  }

  private run(): void {
    const { session } = this.context;
    this.serving = this.asked;
    this.asked = [];
    this.running = true;
    this.due = false;
    this.seenCursor = this.cursor();
    const over = (settle: (served: readonly Asked[]) => void): void => {
      const served = this.serving;
      this.serving = [];
      this.running = false;
      // Who has asked meanwhile wants to know of a later moment, and does not wait.
      this.rest(this.asked.length > 0 ? 0 : SYNC_LIMITS.verifyQuietMs);
      session.guarded(() => {
        settle(served);
        this.poke();
      });
    };
    this.verify(this.serving.some(({ deep }) => deep)).then(
      (report) =>
        over((served) => {
          this.backoff.reset();
          for (const each of served) each.resolve(report);
        }),
      (error: unknown) => over((served) => this.failed(error, served)),
    );
  }

  private failed(error: unknown, served: readonly Asked[]): void {
    if (error instanceof Postponed) {
      this.asked.push(...served);
      this.due = true;
      const delayMs = this.backoff.next();
      this.rest(served.length > 0 ? Math.min(delayMs, SYNC_LIMITS.verifyRetryMs) : delayMs);
      return;
    }
    for (const each of served) each.reject(error);
    if (!(error instanceof SyncError)) throw error;
    if (error.code === 'invalid_message') this.refused = error;
    else if (served.length === 0) this.context.listener.error(error);
  }

  private rest(delayMs: number): void {
    this.notBefore = this.context.platform.monotonic() + delayMs;
  }

  private async verify(deep: boolean): Promise<VerifyReport> {
    const { store, streamId } = this.context;
    const repaired: RepairedDocument[] = [];
    let local = deep ? await this.scan() : null;
    for (let round = 0; ; round++) {
      const isDamaged = (local?.damaged.size ?? 0) > 0;
      const sequence = await this.aligned({ type: 'get_digest', stream_id: streamId }, 'digest', (frame) => {
        adoptStrategy(this.context, frame.strategy);
        return !isDamaged && frame.digest === store.checks.digest(streamId) ? frame.sequence : null;
      });
      if (sequence !== null) return this.verified(sequence, repaired);
      if (round === SYNC_LIMITS.verifyRounds) break;
      local ??= await this.scan();
      const found = await this.repair(local);
      repaired.push(...found);
      local = null;
    }
    throw new SyncError(
      'version_mismatch',
      'the digest of what is here is not the server’s, and repairing did not help',
    );
  }

  private verified(sequence: number, repaired: readonly RepairedDocument[]): VerifyReport {
    const { store, platform, streamId, listener } = this.context;
    const verifiedAt = timestamp(platform);
    store.transaction(() => store.checks.setVerified(streamId, sequence, verifiedAt));
    listener.verified({ sequence, at: verifiedAt });
    return { sequence, verifiedAt, repaired };
  }

  /** Counts everything that is confirmed anew, contents included, a few documents at a time. */
  private async scan(): Promise<LocalDigests> {
    const { store, platform, streamId, listener } = this.context;
    if (!store.transaction(() => store.checks.recount(streamId))) {
      listener.log({ level: 'warn', message: 'the digest of the local documents was wrong and has been counted anew' });
    }
    const local = new LocalDigests(platform);
    let after: DocumentId | null = null;
    for (;;) {
      const page = store.documents.confirmedPage(streamId, after, SYNC_LIMITS.scanDocuments);
      for (const document of page) local.add(document);
      const last = page.at(-1);
      if (!last) return local;
      after = last.id;
      await this.pause(0);
    }
  }

  private async repair(local: LocalDigests): Promise<RepairedDocument[]> {
    const { streamId, puller } = this.context;
    const ids = [...(await this.differing(local))];
    if (ids.length > SYNC_LIMITS.repairDocuments) {
      puller.startAnew(new SyncError('version_mismatch', `${ids.length} documents differ from the server's`));
      throw new Postponed();
    }
    const repaired: RepairedDocument[] = [];
    let left = ids;
    while (left.length > 0) {
      const asked = left.slice(0, SYNC_LIMITS.repairPage);
      const question = { type: 'get_documents' as const, stream_id: streamId, document_ids: asked };
      const { found, leftOut } = await this.aligned(question, 'documents', (frame) => this.putRight(asked, frame));
      if (found === null || leftOut.length === asked.length) throw new Postponed();
      repaired.push(...found);
      left = [...leftOut, ...left.slice(asked.length)];
    }
    return repaired;
  }

  private putRight(
    asked: readonly DocumentId[],
    frame: StreamingDownOf<'documents'>,
  ): { found: RepairedDocument[] | null; leftOut: readonly DocumentId[] } {
    const { store, platform, streamId, listener } = this.context;
    const leftOut = asked.filter((id) => frame.left_out.includes(id));
    const found = repairDocuments(store, platform, {
      streamId,
      sequence: frame.sequence,
      ids: asked.filter((id) => !leftOut.includes(id)),
      documents: frame.documents.map((document) => fromWireDocument(document, streamId)),
    });
    if (found && found.length > 0) {
      listener.committed();
      listener.repaired({ sequence: frame.sequence, documents: found });
      const message = `${found.length} documents differed from the server's and have been put right`;
      listener.log({ level: 'warn', message, fields: { documents: found, sequence: frame.sequence } });
    }
    return { found, leftOut };
  }

  /** The documents that are not as the server has them: here, there, or in both and different. */
  private async differing(local: LocalDigests): Promise<Set<DocumentId>> {
    const { streamId } = this.context;
    const ids = new Set(local.damaged);
    const question = { type: 'get_digest' as const, stream_id: streamId, buckets: true };
    const buckets = await this.aligned(question, 'digest', (frame) => local.differingBuckets(frame.buckets ?? []));
    if (buckets.length === 0) return ids;
    const ours = local.inBuckets(buckets);
    let cursor: DocumentId | null = null;
    do {
      const page: StreamingDownOf<'document_digests'> = await this.aligned(
        { type: 'get_document_digests', stream_id: streamId, buckets, ...(cursor !== null && { cursor }) },
        'document_digests',
        (frame) => frame,
      );
      for (const { document_id: id, digest } of page.documents) {
        if (ours.get(id) !== digest) ids.add(id);
        ours.delete(id);
      }
      if (page.cursor !== null && cursor !== null && page.cursor <= cursor) throw new Postponed();
      cursor = page.cursor;
    } while (cursor !== null);
    for (const id of ours.keys()) ids.add(id);
    return ids;
  }

  /** Asks until the answer is of the sequence that we stand at. @param use called at that very moment */
  private async aligned<T extends Compared, R>(
    message: StreamingUp,
    type: T,
    use: (frame: Answer & StreamingDownOf<T>) => R,
  ): Promise<R> {
    const { platform } = this.context;
    for (let attempt = 0; attempt < SYNC_LIMITS.verifyAttempts; attempt++) {
      if (attempt > 0) await this.pause(SYNC_LIMITS.verifyRetryMs * (0.5 + platform.random()));
      const answer = await this.request(message, type, use);
      if (answer) return answer.value;
    }
    throw new Postponed();
  }

  /** @returns null where the answer is of another sequence */
  private request<T extends Compared, R>(
    message: StreamingUp,
    type: T,
    use: (frame: Answer & StreamingDownOf<T>) => R,
  ): Promise<{ readonly value: R } | null> {
    const { session, puller } = this.context;
    return new Promise((resolve, reject) => {
      session.request(message, {
        answered: (frame) => {
          if (!isAnswer(frame, type)) throw unexpectedAnswer(frame, message.type);
          const sequence = sequenceOf(frame) ?? 0;
          puller.learn(sequence);
          const isOurs = puller.isLive && this.cursor() === sequence;
          resolve(isOurs ? { value: use(frame) } : null);
        },
        refused: (error) => reject(isLasting(error) ? fromWireError(error) : new Postponed()),
        ended: () => reject(new Postponed()),
      });
    });
  }

  private cursor(): number | null {
    const { store, streamId } = this.context;
    return store.position(streamId).cursor;
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.context.session.after(delayMs, resolve));
  }

  /** Also where nothing happens: a file may be damaged at any time. */
  private lookAgain(): void {
    const { session, platform } = this.context;
    session.after(SYNC_LIMITS.verifyMs * (0.75 + platform.random() / 2), () => {
      this.due = true;
      this.poke();
      this.lookAgain();
    });
  }
}

function sequenceOf(frame: Answer): number | null {
  switch (frame.type) {
    case 'digest':
    case 'document_digests':
    case 'documents':
      return frame.sequence;
    default:
      return null;
  }
}

/** Whether asking again would be answered so again. */
function isLasting({ retryable }: WireError): boolean {
  return !retryable;
}
