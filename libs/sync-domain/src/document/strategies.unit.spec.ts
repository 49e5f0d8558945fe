/** What the strategies promise, as examples and over whole lives of documents (docs/sync-semantics.md). */
import fc from 'fast-check';
import { arbitraryLifeUnder, type Life, type Settling, type Step } from '../../../../testing/arbitrary-history.js';
import {
  continued,
  created,
  decideAfter,
  deleted,
  history,
  LAPTOP,
  PHONE,
  put,
  set,
  sha256Hex,
  STREAM,
  DOCUMENT,
  update,
  updated,
} from '../../../../testing/decider.js';
import { modelApply, textAt } from '../../../../testing/patch-model.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { parsePointer } from '../patch/json-pointer.js';
import type { JsonPatchOperation } from '../patch/json-patch.types.js';
import { touchedPaths } from '../patch/touched-paths.js';
import type { UpdateDocumentCommand } from './command.js';
import { decide } from './decide.js';
import type { Accepted, DecisionContext } from './decision.js';
import type { DocumentState } from './document.js';
import { devolve, evolve } from './evolve.js';
import { conflictStrategySchema, resolverNameOf, type ConflictSides } from './strategy.js';

const CLIENT_WINS: Partial<DecisionContext> = { strategy: 'client_wins' };
const MANUAL: Partial<DecisionContext> = { strategy: 'manual' };
const resolving = (resolver: DecisionContext['resolver']): Settling => ({ strategy: 'resolver:test', resolver });

function accepted(decision: ReturnType<typeof decideAfter>): Accepted {
  if (decision.outcome !== 'accepted') throw new Error(`the decision is ${decision.outcome}`);
  return decision;
}

describe('the name of a strategy', () => {
  it.each(['server_wins', 'client_wins', 'manual', 'resolver:union-of-tags'])('%s is one', (name) => {
    expect(conflictStrategySchema.parse(name)).toBe(name);
  });

  it.each(['', 'mine', 'resolver:', 'resolver:-a', 'resolver:a b', 'resolver:A', `resolver:${'a'.repeat(61)}`])(
    '"%s" is none',
    (name) => {
      expect(conflictStrategySchema.safeParse(name).success).toBe(false);
    },
  );

  it('tells the resolver', () => {
    expect(resolverNameOf('resolver:union-of-tags')).toBe('union-of-tags');
    expect(resolverNameOf('manual')).toBeNull();
  });
});

describe('client_wins', () => {
  const past = history(
    created({ a: 0, b: 0, list: [1, 2] }),
    updated(PHONE, [set('/a', 'theirs'), set('/b', 'theirs')], 'Theirs'),
  );

  it('takes what comes in and keeps what it does not touch', () => {
    const decision = accepted(decideAfter(past, update(1, [set('/a', 'mine')], { title: 'Mine' }), CLIENT_WINS));
    expect(decision).toMatchObject({ status: 'merged', conflict: null });
    expect(decision.state).toMatchObject({ title: 'Mine', content: { a: 'mine', b: 'theirs', list: [1, 2] } });
    expect(decision.event).toMatchObject({ type: 'update', forward: [set('/a', 'mine')] });
  });

  it('makes the place anew where others took it away', () => {
    const gone = history(created({ o: { x: 1, y: 1 } }), updated(PHONE, [{ op: 'remove', path: '/o' }]));
    const decision = accepted(decideAfter(gone, update(1, [set('/o/x', 2)]), CLIENT_WINS));
    expect(decision.state.content).toEqual({ o: { x: 2, y: 1 } });
  });

  it('overrides the item that its author saw, and no other that has come to stand there', () => {
    const moved = history(
      created({ list: ['a', 'b'] }),
      updated(PHONE, [{ op: 'remove', path: '/list/0' }, put('/list/-', 'c')]),
    );
    const decision = accepted(decideAfter(moved, update(1, [set('/list/1', 'B')]), CLIENT_WINS));
    expect(decision.state.content).toEqual({ list: ['a', 'B'] });
  });

  it('knows what its author had done after the base', () => {
    const chained = history(
      created({ list: ['a'] }),
      updated(LAPTOP, [put('/list/-', 'b')]),
      updated(PHONE, [put('/list/0', 'theirs')]),
    );
    const decision = accepted(decideAfter(chained, update(1, [set('/list/1', 'B')]), CLIENT_WINS));
    expect(decision.state.content).toEqual({ list: ['a', 'B'] });
    expect(decision.conflict).toBeNull();
  });

  it('does not repeat what an own change had to put back', () => {
    const chained = history(
      created({ list: ['a'] }),
      updated(PHONE, [set('/list', [])]),
      // As client_wins commits an addition of "b" that did not know of it.
      updated(LAPTOP, [put('/list/0', 'a'), put('/list/1', 'b')]),
    );
    const decision = accepted(decideAfter(chained, update(1, [put('/list/-', 'c')]), CLIENT_WINS));
    expect(decision.state.content).toEqual({ list: ['a', 'b', 'c'] });
  });

  it.each<[string, JsonValue, JsonPatchOperation, JsonPatchOperation]>([
    ['took out', { list: ['a', 'b'], n: 0 }, { op: 'remove', path: '/list/0' }, { op: 'remove', path: '/list/0' }],
    ['wrote', { list: ['0', 'a', 'b'], n: 0 }, set('/list', ['b']), set('/list', ['b'])],
  ])('knows what its author %s, though others had done just so', (_what, content, theirs, mine) => {
    const both = history(created(content), updated(PHONE, [theirs]));
    const first = continued(both, update(1, [mine]), CLIENT_WINS);
    expect(first.state?.content).toEqual({ list: ['b'], n: 0 });
    // Made on the list as its author saw it: it is the "b" that goes.
    const decision = accepted(decideAfter(first, update(1, [{ op: 'remove', path: '/list/0' }]), CLIENT_WINS));
    expect(decision).toMatchObject({ conflict: null, state: { content: { list: [], n: 0 } } });
  });

  it('brings a document back that others deleted meanwhile, with the change in it', () => {
    const gone = history(created({ a: 0, b: 0 }), updated(PHONE, [set('/b', 1)]), deleted(PHONE));
    const decision = accepted(decideAfter(gone, update(1, [set('/a', 'mine')]), CLIENT_WINS));
    expect(decision).toMatchObject({ status: 'merged', conflict: null, event: { type: 'restore', version: 4 } });
    expect(decision.state).toMatchObject({ content: { a: 'mine', b: 1 }, deletedAt: null });
    expect(decision.state.revisionId).toBe(`4-${sha256Hex(canonicalJson({ a: 'mine', b: 1 })).slice(0, 16)}`);
  });

  it('deletes though others have changed the document meanwhile', () => {
    const command = { kind: 'delete', streamId: STREAM, documentId: DOCUMENT, baseVersion: 1, knowsOwnChanges: true };
    const decision = accepted(decideAfter(past, { ...command, kind: 'delete' }, CLIENT_WINS));
    expect(decision).toMatchObject({ status: 'merged', conflict: null, event: { type: 'delete' } });
  });

  it('leaves it to server_wins where nobody can tell what the author meant', () => {
    // Made on something that its author had lost before.
    const command = update(1, [set('/lost/x', 1), set('/a', 'mine')]);
    const decision = accepted(decideAfter(past, command, { ...CLIENT_WINS, lost: [put('/lost', { x: 0 })] }));
    expect(decision).toMatchObject({ status: 'conflicted', event: null, conflict: { strategy: 'server_wins' } });
  });
});

describe('manual', () => {
  const past = history(created({ a: 0, b: 0 }), updated(PHONE, [set('/a', 'theirs')], 'Theirs'));

  it('commits nothing on overlap and keeps the whole change', () => {
    const patch = [set('/b', 'mine'), set('/a', 'mine')];
    const decision = accepted(decideAfter(past, update(1, patch, { title: 'Mine' }), MANUAL));
    expect(decision).toMatchObject({ status: 'conflicted', event: null });
    expect(decision.conflict).toMatchObject({ strategy: 'manual', droppedTitle: 'Mine' });
    expect(decision.conflict?.dropped.map(({ operation }) => operation)).toEqual(patch);
  });

  it('merges what does not overlap', () => {
    expect(decideAfter(past, update(1, [set('/b', 'mine')]), MANUAL)).toMatchObject({ status: 'merged' });
  });
});

describe('a resolver', () => {
  const past = history(created({ tags: ['a'], n: 0 }), updated(PHONE, [put('/tags/-', 'theirs'), set('/n', 5)]));
  const command = update(1, [put('/tags/-', 'mine')], { title: 'Mine' });
  const union = ({ current, incoming }: ConflictSides) => {
    const tags = (side: JsonValue) => (side as { tags: string[] }).tags;
    const all = [...new Set([...tags(current.content), ...tags(incoming.content)])];
    return { title: incoming.title, content: { ...(current.content as object), tags: all } };
  };

  it('is told both sides and their base, and decides', () => {
    const asked: ConflictSides[] = [];
    const settling = resolving((sides) => (asked.push(sides), union(sides)));
    const decision = accepted(decideAfter(past, command, settling));
    expect(asked).toEqual([
      {
        base: { title: 'Groceries', content: { tags: ['a'], n: 0 } },
        current: { title: 'Groceries', content: { tags: ['a', 'theirs'], n: 5 } },
        incoming: { title: 'Mine', content: { tags: ['a', 'mine'], n: 0 } },
      },
    ]);
    expect(decision).toMatchObject({ status: 'merged', conflict: null });
    expect(decision.state).toMatchObject({ title: 'Mine', content: { tags: ['a', 'theirs', 'mine'], n: 5 } });
  });

  it('is not asked where nothing overlaps', () => {
    const never = resolving(() => {
      throw new Error('asked');
    });
    expect(decideAfter(past, update(1, [put('/other', 1)]), never)).toMatchObject({ status: 'merged' });
  });

  it.each<[string, DecisionContext['resolver']]>([
    ['says null', () => null],
    ['answers what is no JSON', () => ({ content: Number.NaN })],
    ['is not known here', undefined],
  ])('leaves it to server_wins where it %s', (_why, resolver) => {
    const decision = accepted(decideAfter(past, command, resolving(resolver)));
    expect(decision.conflict).toMatchObject({ strategy: 'server_wins', dropped: [{ index: 0 }] });
  });

  it('has kept an item that it put elsewhere in the list', () => {
    const shorter = history(created({ tags: ['a', 'b'] }), updated(PHONE, [{ op: 'remove', path: '/tags/1' }]));
    const both = resolving(() => ({ content: { tags: ['a', 'mine', 'b'] } }));
    const decision = accepted(decideAfter(shorter, update(1, [set('/tags/0', 'mine')]), both));
    expect(decision).toMatchObject({ status: 'merged', conflict: null });
    const none = resolving(() => ({ content: { tags: ['a', 'b', 'c'] } }));
    const lost = accepted(decideAfter(shorter, update(1, [set('/tags/0', 'mine')]), none));
    expect(lost.conflict).toMatchObject({ dropped: [{ index: 0 }] });
  });

  it('cannot lose a change silently: what has left no trace is in the conflict', () => {
    const keep = resolving(({ current }) => current);
    const decision = accepted(decideAfter(past, command, keep));
    expect(decision).toMatchObject({ status: 'conflicted', event: null });
    expect(decision.conflict).toMatchObject({
      strategy: 'resolver:test',
      dropped: [{ index: 0, operation: command.patch[0] }],
      droppedTitle: 'Mine',
    });
  });
});

const SETTLINGS: [string, Settling][] = [
  ['client_wins', { strategy: 'client_wins' }],
  ['manual', { strategy: 'manual' }],
  ['a resolver for what stands', resolving(({ current }) => current)],
  ['a resolver for what comes in', resolving(({ incoming }) => incoming)],
  ['a resolver that goes back', resolving(({ base }) => base)],
];

type AcceptedUpdate = Step & { readonly command: UpdateDocumentCommand; readonly decision: Accepted };

const acceptedUpdates = ({ steps }: Life): AcceptedUpdate[] =>
  steps.filter(
    (step): step is AcceptedUpdate => step.command.kind === 'update' && step.decision.outcome === 'accepted',
  );

const text = (state: DocumentState | undefined): string | undefined =>
  state && canonicalJson(state as unknown as JsonValue);

describe.each(SETTLINGS)('a life under %s', (_name, settling) => {
  const holds = (law: (life: Life) => void) =>
    fc.assert(fc.property(arbitraryLifeUnder(settling), law), { numRuns: 150 });

  it('can be walked forward and back: every version is restored exactly, both ways', () => {
    holds(({ events, states }) => {
      let forward: DocumentState | undefined;
      for (const [index, event] of events.entries()) {
        forward = evolve(forward, event);
        expect(text(forward)).toBe(text(states[index + 1]));
        const { content, version, revisionId } = forward;
        expect(revisionId).toBe(`${version}-${sha256Hex(canonicalJson(content)).slice(0, 16)}`);
      }
      let back = forward;
      for (let index = events.length - 1; index >= 0; index--) {
        back = devolve(back!, { event: events[index]!, previous: events[index - 1] ?? null });
        expect(text(back)).toBe(text(states[index]));
      }
    });
  });

  it('loses no operation and no title silently', () => {
    holds((life) => {
      for (const { before, command, context, decision } of acceptedUpdates(life)) {
        expect(decision.status === 'conflicted').toBe(decision.conflict !== null);
        if (settling.resolver && !wasAsked(before!, command, context)) continue;
        const dropped = new Set(decision.conflict?.dropped.map(({ index }) => index));
        if (command.title !== undefined && settling.strategy !== 'resolver:test')
          expect([decision.state.title, decision.conflict?.droppedTitle]).toContain(command.title);
        // What the author saw is known without a doubt where nothing of its own came after the base.
        const base = command.baseVersion ?? before!.version;
        const own = life.events.some(({ version, clientId }) => version > base && clientId === context.clientId);
        const intended = own && command.knowsOwnChanges ? undefined : modelApply(at(life, base), command.patch);
        // A clock may say that the author knew less than the base that it names.
        if (intended === undefined || command.vectorClock) continue;
        for (const [index, operation] of command.patch.entries()) {
          if (dropped.has(index) || isSo(before!.content, operation)) continue;
          for (const path of touchedOf(command.patch, index, at(life, base))) {
            // Where it changed nothing, as a copy onto itself, there was nothing to lose.
            if (textAt(at(life, base), path) === textAt(intended, path)) continue;
            const outcome = textAt(decision.state.content, path);
            const silently = outcome === textAt(before!.content, path) && outcome !== textAt(intended, path);
            expect(silently).toBe(false);
          }
        }
      }
    });
  });
});

describe('a life under client_wins', () => {
  it('has the intent of every change in place that was not named as lost', () => {
    const life = arbitraryLifeUnder({ strategy: 'client_wins' });
    fc.assert(
      fc.property(life, (lived) => {
        for (const { before, command, context, decision } of acceptedUpdates(lived)) {
          const base = command.baseVersion ?? before!.version;
          const own = lived.events.some(({ version, clientId }) => version > base && clientId === context.clientId);
          if (decision.conflict || own || command.vectorClock) continue;
          const intended = modelApply(at(lived, base), command.patch);
          for (const [index, operation] of command.patch.entries()) {
            // What others had removed already is as the author would have it, whatever else went with it.
            if (isSo(before!.content, operation)) continue;
            for (const path of touchedOf(command.patch, index, at(lived, base))) {
              // Where it changed nothing, as a copy onto itself, there was no intent.
              if (textAt(at(lived, base), path) === textAt(intended!, path)) continue;
              expect(textAt(decision.state.content, path)).toBe(textAt(intended!, path));
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a life under manual', () => {
  it('has no change that was committed in part', () => {
    fc.assert(
      fc.property(arbitraryLifeUnder({ strategy: 'manual' }), (lived) => {
        for (const { command, decision } of acceptedUpdates(lived)) {
          if (!decision.conflict) continue;
          expect(decision.event).toBeNull();
          expect(decision.conflict.dropped.map(({ operation }) => operation)).toEqual(command.patch);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const at = ({ states }: Life, version: number): JsonValue => states[version]!.content;

/** Whether the resolver had to decide; what it has no part in is the law of `server_wins`. */
function wasAsked(before: DocumentState, command: UpdateDocumentCommand, context: DecisionContext): boolean {
  let asked = false;
  decide(before, command, { ...context, resolver: () => ((asked = true), null) });
  return asked;
}

function touchedOf(patch: UpdateDocumentCommand['patch'], index: number, content: JsonValue) {
  const before = modelApply(content, patch.slice(0, index));
  return touchedPaths([patch[index]!], before ?? content);
}

/** Removed already, with whatever was around it. */
function isSo(content: JsonValue, operation: JsonPatchOperation): boolean {
  return operation.op === 'remove' && textAt(content, parsePointer(operation.path)) === undefined;
}
