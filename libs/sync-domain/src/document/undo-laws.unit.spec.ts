/** What holds of undo, redo, revert, walking and blame, for every life of a document (docs/sync-semantics.md). */
import fc from 'fast-check';
import { arbitraryLife, type Life } from '../../../../testing/arbitrary-history.js';
import { arbitraryJson } from '../../../../testing/arbitrary-json.js';
import {
  byBob,
  contextFor,
  continued,
  created,
  decideAfter,
  DOCUMENT,
  history,
  LAPTOP,
  PHONE,
  STREAM,
  updated,
  type Happening,
  type History,
} from '../../../../testing/decider.js';
import { canonicalJson } from '../json/canonical-json.js';
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import { parsePointer } from '../patch/json-pointer.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { blame } from './blame.js';
import type { DocumentState } from './document.js';
import { previewUndo, type HistoryCommand } from './undo.js';
import { stateAtVersion } from './walk-history.js';

const head = { streamId: STREAM, documentId: DOCUMENT };
const undo = (version: number | null = null): HistoryCommand => ({ ...head, kind: 'undo', version, force: false });
const redo: HistoryCommand = { ...head, kind: 'redo', version: null, force: false };
const revert = (toVersion: number): HistoryCommand => ({ ...head, kind: 'revert', toVersion });

const holds = (law: (life: Life) => void) => fc.assert(fc.property(arbitraryLife, law), { numRuns: 200 });

const text = (state: DocumentState | undefined): string | undefined =>
  state && canonicalJson(state as unknown as JsonValue);

/** What of a document an undo is about. */
const body = ({ title, content, deletedAt }: DocumentState): string =>
  canonicalJson({ title, content, deleted: deletedAt !== null });

/** Until there is nothing more to do. */
function repeated(past: History, command: HistoryCommand, end: string): History {
  for (let now = past; ; now = continued(now, command)) {
    const decision = decideAfter(now, command);
    if (decision.outcome === 'rejected') {
      expect(decision.error.code).toBe(end);
      return now;
    }
    // What is left makes no difference.
    if (decision.outcome === 'unchanged') return now;
  }
}

describe('undo and redo', () => {
  it('all the way lead to the creation, and back to now', () => {
    holds((life) => {
      const undone = repeated(life, undo(), 'nothing_to_undo');
      expect(body(undone.state!)).toBe(body(life.states[1]!));
      const redone = repeated(undone, redo, 'nothing_to_redo');
      expect(body(redone.state!)).toBe(body(life.state!));
    });
  });

  it('of any change leave the document as before, where they are done at all', () => {
    let done = 0;
    fc.assert(
      fc.property(arbitraryLife, fc.nat(), (life, seed) => {
        const command = undo(1 + (seed % life.events.length));
        const decision = decideAfter(life, command);
        if (decision.outcome !== 'accepted') return;
        done++;
        const redone = continued(continued(life, command), redo);
        expect(body(redone.state!)).toBe(body(life.state!));
      }),
      { numRuns: 300 },
    );
    expect(done).toBeGreaterThan(50);
  });

  it('do what the preview says', () => {
    holds((life) => {
      for (const { version } of life.events) {
        for (const command of [undo(version), revert(version)]) {
          const plan = previewUndo(life.state!, command, contextFor(life, command));
          const decision = decideAfter(life, command);
          if ('outcome' in plan)
            expect(decision).toMatchObject({ outcome: 'rejected', error: { code: plan.error.code } });
          else if (plan.overlaps.length > 0)
            expect(decision).toMatchObject({ outcome: 'rejected', error: { code: 'undo_overlap' } });
          else if (decision.outcome === 'rejected') throw decision.error;
          else
            expect(body(decision.state)).toBe(
              canonicalJson({ title: plan.title, content: plan.content, deleted: plan.deleted }),
            );
        }
      }
    });
  });
});

/** Changes to members of their own, so that no two overlap. */
const apart = fc.array(
  fc.record({ value: arbitraryJson, op: fc.constantFrom('add', 'replace', 'remove'), bob: fc.boolean() }),
  { minLength: 1, maxLength: 6 },
);

function patchOf(op: string, index: number, value: JsonValue): JsonPatch {
  const path = `/k${index}`;
  if (op === 'add') return [{ op: 'add', path: `${path}/new`, value }];
  return op === 'remove' ? [{ op: 'remove', path }] : [{ op: 'replace', path, value }];
}

describe('undo of any one change that nothing later overlaps', () => {
  it('removes exactly it', () => {
    fc.assert(
      fc.property(apart, fc.nat(), (changes, seed) => {
        const content = Object.fromEntries(changes.map((_, index) => [`k${index}`, { old: index }]));
        const happenings = changes.map(({ op, value, bob }, index): Happening => {
          const patch = patchOf(op, index, value);
          return bob ? byBob(updated(PHONE, patch)) : updated(LAPTOP, patch);
        });
        const past = history(created(content), ...happenings);
        const chosen = seed % changes.length;
        const without = history(created(content), ...happenings.toSpliced(chosen, 1));
        const decision = decideAfter(past, undo(chosen + 2));
        expect(decision.outcome).not.toBe('rejected');
        if (decision.outcome !== 'rejected') expect(body(decision.state)).toBe(body(without.state!));
      }),
    );
  });
});

describe('revert', () => {
  it('makes the document what it was at that version, and can be undone', () => {
    holds((life) => {
      for (const { version } of life.events) {
        const then = life.states[version]!;
        const decision = decideAfter(life, revert(version));
        if (decision.outcome === 'rejected') throw decision.error;
        expect(decision.state.deletedAt !== null).toBe(then.deletedAt !== null);
        if (then.deletedAt === null) expect(body(decision.state)).toBe(body(then));
        if (decision.outcome === 'unchanged') continue;
        const reverted = continued(life, revert(version));
        const back = stateAtVersion({ anchor: reverted.state, events: reverted.events, version: life.state!.version });
        expect(text(back)).toBe(text(life.state));
      }
    });
  });
});

describe('walking', () => {
  it('from any version to any other gives that version, whole', () => {
    holds((life) => {
      // A restoration that changes content, and what undo makes, are walked over as well.
      const reverted = decideAfter(life, revert(1));
      const longer = reverted.outcome === 'accepted' ? continued(life, revert(1)) : life;
      for (const [from, anchor] of longer.states.entries()) {
        for (const [version, state] of longer.states.entries()) {
          const events = longer.events.slice(Math.max(0, Math.min(from, version - 1)), Math.max(from, version));
          expect(text(stateAtVersion({ anchor, events, version }))).toBe(text(state));
        }
      }
    });
  });
});

describe('blame', () => {
  it('names for every leaf the event since which its value has stood there', () => {
    holds(({ events, states, state }) => {
      for (const from of [0, Math.floor(events.length / 2)]) {
        const { leaves, title } = blame(events.slice(from), state!.content);
        expect(leaves.map(({ path }) => path).toSorted()).toEqual(leafPaths(state!.content).toSorted());
        for (const { path, value, event } of leaves) {
          const since = states.slice(event?.version ?? Math.max(1, from));
          for (const then of since) expect(textAt(then!.content, path)).toBe(canonicalJson(value));
        }
        for (const then of states.slice(title?.version ?? Math.max(1, from))) expect(then!.title).toBe(state!.title);
      }
    });
  });

  it('names no event but one that changed the leaf, in documents without arrays', () => {
    holds(({ events, states, state }) => {
      for (const { path, event } of blame(events, state!.content).leaves) {
        if (event === null || event.version === 1 || hasArray(states, path)) continue;
        expect(textAt(states[event.version - 1]!.content, path)).not.toBe(textAt(state!.content, path));
      }
    });
  });
});

function leafPaths(value: JsonValue, at = ''): string[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return [at];
  return entries.flatMap(([key, member]) =>
    leafPaths(member, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function at(content: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = content;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, JsonValue>)[token];
  }
  return value;
}

function textAt(content: JsonValue, path: string): string | undefined {
  const value = at(content, parsePointer(path));
  return value === undefined ? undefined : canonicalJson(value);
}

/** Whether the way to the path has ever been another than through objects, or the path a container. */
function hasArray(states: readonly (DocumentState | undefined)[], path: string): boolean {
  const tokens = parsePointer(path);
  return states.some(
    (state) => state && tokens.some((_, depth) => !isJsonObject(at(state.content, tokens.slice(0, depth)))),
  );
}
