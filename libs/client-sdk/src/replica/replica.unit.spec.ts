/** The replica's laws, as properties over random lives of one document. */
import {
  canonicalJson,
  decide,
  type ClientId,
  type ConflictStrategy,
  type DocumentCommand,
  type DocumentEvent,
  type DocumentId,
  type DocumentState,
  type JsonValue,
  type MutationId,
  type StreamId,
  type UserId,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import type { PendingChange, PendingMutation } from './pending.js';
import { builtOnRejected } from './built-on-rejected.js';
import { viewOf, type LostOperation, type ReplicaInput } from './replica.js';

const USER = '0190a000-0000-7000-8000-00000000000a' as UserId;
const STREAM = USER as string as StreamId;
const DOCUMENT = '0190d000-0000-7000-8000-000000000001' as DocumentId;
const ME = '0190b000-0000-7000-8000-000000000001' as ClientId;
const OTHER = '0190b000-0000-7000-8000-000000000002' as ClientId;
const NOW = '2026-01-01T00:00:00.000Z';

/** Few places, so that changes meet. Any of them may turn out not to apply: that is the point. */
const operation = fc.oneof(
  fc.record({
    op: fc.constant('replace' as const),
    path: fc.constantFrom('/a', '/b', '/list/0', '/o/x', ''),
    value: value(),
  }),
  fc.record({
    op: fc.constant('add' as const),
    path: fc.constantFrom('/a', '/c', '/list/-', '/list/0', '/o/y'),
    value: value(),
  }),
  fc.record({ op: fc.constant('remove' as const), path: fc.constantFrom('/a', '/list/0', '/o') }),
  fc.record({
    op: fc.constant('move' as const),
    from: fc.constantFrom('/a', '/o/x'),
    path: fc.constantFrom('/b', '/d'),
  }),
  fc.record({ op: fc.constant('test' as const), path: fc.constantFrom('/a', '/b'), value: value() }),
);

function value(): fc.Arbitrary<JsonValue> {
  return fc.oneof<fc.Arbitrary<JsonValue>[]>(
    fc.nat(3),
    fc.constant({ x: 1 }),
    fc.constant([1, 2]),
    fc.constant({ a: 0, b: 0, list: [1], o: { x: 0 } }),
  );
}

const change: fc.Arbitrary<PendingChange> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        kind: fc.constant('update' as const),
        patch: fc.array(operation, { minLength: 1, maxLength: 3 }),
        title: fc.constantFrom('one', 'two'),
      },
      { requiredKeys: ['kind', 'patch'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('create' as const), title: fc.constant('new'), content: value() }),
  },
);

/** One thing after the other: others commit, I make a change on what I see, the server takes my oldest one, its events reach me. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ who: fc.constant('other' as const), change }) },
  { weight: 4, arbitrary: fc.record({ who: fc.constant('me' as const), change }) },
  { weight: 3, arbitrary: fc.record({ who: fc.constant('server' as const) }) },
  { weight: 3, arbitrary: fc.record({ who: fc.constant('pull' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The server, and one client of it, as plainly as they can be put. */
class Life {
  readonly log: DocumentEvent[] = [];
  server: DocumentState | undefined;
  confirmed: DocumentState | undefined;
  pending: PendingMutation[] = [];
  private made = 0;
  private readonly answered = new Set<string>();
  private readonly lost: (LostOperation & { readonly clientId: ClientId })[] = [];

  constructor() {
    this.commit(
      { kind: 'create', title: 'T', content: { a: 0, b: 0, list: [1], o: { x: 0 } } },
      0,
      OTHER,
      this.nextId(),
    );
    this.pull();
  }

  take(next: Step): void {
    if (next.who === 'other') this.commit(next.change, this.server?.version ?? 0, OTHER, this.nextId());
    if (next.who === 'me') this.make(next.change);
    if (next.who === 'server') this.push();
    if (next.who === 'pull') this.pull();
  }

  view(): DocumentState | undefined {
    return viewOf({ ...this.input(), pending: this.pending });
  }

  private input(): Omit<ReplicaInput, 'pending'> {
    return {
      confirmed: this.confirmed,
      author: { clientId: ME, userId: USER },
      strategy,
      // Losses are learned with the answers; those of others are none of ours.
      alreadyLost: this.lost.filter((loss) => loss.clientId === ME),
      eventsAfter: (version) =>
        this.log.filter((event) => event.version > version && event.version <= (this.confirmed?.version ?? 0)),
      newestEvents: (limit) => this.log.slice(0, this.confirmed?.version ?? 0).slice(-limit),
    };
  }

  /** The server takes the oldest change that it has not seen; the client goes on showing it until its event is here. */
  push(): void {
    const next = this.pending.find((mutation) => !this.answered.has(mutation.mutationId));
    if (!next) return;
    const fallen =
      this.commit(next.change, next.baseVersion, ME, next.mutationId) === 'rejected'
        ? builtOnRejected(
            { ...this.input(), pending: this.pending },
            new Set([next.mutationId]),
            ({ mutationId }) => !this.answered.has(mutationId),
          )
        : [];
    this.pending = this.pending.filter((mutation) => !fallen.includes(mutation));
    this.answered.add(next.mutationId);
  }

  /** Everything that the server has reaches the client; what it has answered is confirmed then, or lost. */
  pull(): void {
    this.confirmed = this.server;
    this.pending = this.pending.filter((mutation) => !this.answered.has(mutation.mutationId));
  }

  private make(made: PendingChange): void {
    // The SDK makes no change that does not apply to what it shows.
    const seen = this.view();
    const trial = decide(seen, command(made, seen?.version ?? 0), {
      ...context(ME, this.nextId()),
      since: [],
      lost: [],
    });
    if (trial.outcome !== 'accepted' || !trial.event) return;
    this.pending.push({
      position: this.made,
      mutationId: this.nextId(),
      streamId: STREAM,
      documentId: DOCUMENT,
      baseVersion: this.confirmed?.version ?? 0,
      change: made,
      createdAt: NOW,
      owner: 'me',
      state: 'unanswered',
      ackedSequence: null,
    });
  }

  private commit(made: PendingChange, base: number, clientId: ClientId, mutationId: MutationId): string {
    const since = this.log.filter((event) => event.version > base);
    const lost = this.lost
      .filter((loss) => loss.clientId === clientId && loss.serverVersion > base)
      .map((loss) => loss.operation);
    const decision = decide(this.server, command(made, base), { ...context(clientId, mutationId), since, lost });
    if (decision.outcome === 'accepted') {
      for (const { operation } of decision.conflict?.dropped ?? []) {
        if (operation) this.lost.push({ clientId, operation, serverVersion: decision.state.version });
      }
    }
    if (decision.outcome === 'accepted' && decision.event) {
      this.log.push(decision.event);
      this.server = decision.state;
    }
    return decision.outcome;
  }

  private nextId(): MutationId {
    return `0190c000-0000-7000-8000-${String(this.made++).padStart(12, '0')}` as MutationId;
  }
}

function context(clientId: ClientId, mutationId: MutationId) {
  return {
    now: NOW,
    userId: USER,
    clientId,
    mutationId,
    strategy,
    sha256Hex: () => '0'.repeat(64),
  };
}

function command(made: PendingChange, baseVersion: number): DocumentCommand {
  const head = { streamId: STREAM, documentId: DOCUMENT };
  if (made.kind === 'update') return { ...head, ...made, baseVersion, knowsOwnChanges: true };
  if (made.kind === 'delete') return { ...head, ...made, baseVersion, knowsOwnChanges: true };
  if (made.kind === 'undo') return { ...head, kind: 'undo', version: made.version, force: made.force };
  return { ...head, ...made };
}

const seen = (state: DocumentState | undefined) =>
  state && [state.title, canonicalJson(state.content), state.deletedAt === null];

/** How the stream of the lives under test settles what overlaps. */
let strategy: ConflictStrategy = 'server_wins';

describe.each(['server_wins', 'client_wins', 'manual'] as const)('a replica under %s', (name) => {
  beforeEach(() => {
    strategy = name;
  });

  test('with nothing pending the view is the confirmed document itself', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const life = new Life();
        for (const next of steps) life.take(next);
        life.pending = [];
        expect(life.view()).toBe(life.confirmed);
      }),
    );
  });

  test('what is shown is what the server will make of it, if nobody else comes in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const life = new Life();
        for (const next of steps) life.take(next);
        life.pull();
        const shown = seen(life.view());
        for (let left = life.pending.length; left > 0; left--) life.push();
        expect(seen(life.server)).toEqual(shown);
      }),
      { numRuns: 500 },
    );
  });

  test('once all is sent and all has come, the view is what the server has', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const life = new Life();
        for (const next of steps) life.take(next);
        for (let left = life.pending.length; left > 0; left--) life.push();
        life.pull();
        expect(life.pending).toEqual([]);
        expect(life.view()).toBe(life.server);
      }),
      { numRuns: 300 },
    );
  });

  test('without the log a change is shown where it still applies, and left out where it does not', () => {
    const life = new Life();
    life.take({ who: 'me', change: { kind: 'update', patch: [{ op: 'replace', path: '/a', value: 'mine' }] } });
    life.take({ who: 'me', change: { kind: 'update', patch: [{ op: 'replace', path: '/o/x', value: 'mine' }] } });
    life.take({ who: 'other', change: { kind: 'update', patch: [{ op: 'remove', path: '/o' }] } });
    life.pull();
    const view = viewOf({
      confirmed: life.confirmed,
      pending: life.pending,
      author: { clientId: ME, userId: USER },
      strategy,
      alreadyLost: [],
      eventsAfter: () => null,
      newestEvents: () => [],
    });
    expect(view?.content).toEqual({ a: 'mine', b: 0, list: [1] });
  });

  test('a base that the server no longer has is taken for the newest that it has', () => {
    const life = new Life();
    life.take({ who: 'me', change: { kind: 'update', patch: [{ op: 'replace', path: '/a', value: 'mine' }] } });
    life.pending = life.pending.map((mutation) => ({ ...mutation, baseVersion: 40 }));
    expect(life.view()?.content).toMatchObject({ a: 'mine' });
  });
});
