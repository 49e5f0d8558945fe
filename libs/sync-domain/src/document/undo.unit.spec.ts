import {
  ALICE,
  BOB,
  byBob,
  contextFor,
  continued,
  created,
  decideAfter,
  deleted,
  DOCUMENT,
  history,
  LAPTOP,
  PHONE,
  put,
  restored,
  set,
  STREAM,
  updated,
  type History,
} from '../../../../testing/decider.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import type { Decision, DecisionContext } from './decision.js';
import { historyNeeded } from './decide.js';
import { previewUndo, type HistoryCommand } from './undo.js';

const head = { streamId: STREAM, documentId: DOCUMENT };
const undo = (version: number | null = null, force = false): HistoryCommand => ({
  ...head,
  kind: 'undo',
  version,
  force,
});
const redo = (force = false, version: number | null = null): HistoryCommand => ({
  ...head,
  kind: 'redo',
  version,
  force,
});
const revert = (toVersion: number): HistoryCommand => ({ ...head, kind: 'revert', toVersion });

const mine = (patch: JsonPatch, title?: string) => updated(LAPTOP, patch, title);
const bobs = (patch: JsonPatch, title?: string) => byBob(updated(PHONE, patch, title));
const start = created({ a: 1, b: 1, list: ['x'] });

const contentOf = (past: History): JsonValue | undefined => past.state?.content;
const asBob: Partial<DecisionContext> = { userId: BOB };

function expectRejected(decision: Decision, code: ErrorCode, details?: object): void {
  expect(decision).toMatchObject({ outcome: 'rejected', error: { code, ...(details && { details }) } });
}

describe('undo', () => {
  it('given own and later changes elsewhere: takes back the own one and says so', () => {
    const past = history(start, mine([set('/a', 2)], 'Errands'), bobs([set('/b', 2)]));
    const after = continued(past, undo());
    expect(after.state).toMatchObject({ content: { a: 1, b: 2, list: ['x'] }, title: 'Groceries', version: 4 });
    expect(after.events.at(-1)).toMatchObject({
      type: 'update',
      cause: { kind: 'undo', version: 2 },
      forward: [set('/a', 1)],
      reverse: [set('/a', 2)],
      title: { from: 'Errands', to: 'Groceries' },
    });
  });

  it('given it again: takes back the change before, and nothing more than there is', () => {
    const past = history(start, mine([set('/a', 2)]), mine([set('/a', 3)]));
    const once = continued(past, undo());
    expect(contentOf(once)).toMatchObject({ a: 2 });
    const twice = continued(once, undo());
    expect(contentOf(twice)).toMatchObject({ a: 1 });
    expectRejected(decideAfter(twice, undo()), 'nothing_to_undo');
  });

  it('given only the changes of others: nothing to undo', () => {
    expectRejected(decideAfter(history(start, bobs([set('/a', 2)])), undo()), 'nothing_to_undo');
  });

  it('given a change of another by its version: takes that one back', () => {
    const past = history(start, bobs([put('/list/-', 'y')]), mine([set('/a', 5)]));
    expect(contentOf(continued(past, undo(2)))).toEqual({ a: 5, b: 1, list: ['x'] });
  });

  it('given a change that made no difference: passes it over, unless it is named', () => {
    const past = history(start, mine([set('/a', 2)]), mine([set('/b', 1)]));
    expect(contentOf(continued(past, undo()))).toMatchObject({ a: 1 });
    expect(decideAfter(past, undo(3))).toMatchObject({ outcome: 'unchanged' });
  });

  it('given what others have put back already, or what was undone: unchanged', () => {
    const past = history(start, mine([set('/a', 2)]), bobs([set('/a', 1)]));
    expect(decideAfter(past, undo(2))).toEqual({ outcome: 'unchanged', state: past.state });
    const undone = continued(history(start, mine([set('/a', 2)])), undo(2));
    expect(decideAfter(undone, undo(2))).toEqual({ outcome: 'unchanged', state: undone.state });
  });

  it('given later changes of the same parts: refused, naming each with its author and paths', () => {
    const past = history(
      start,
      mine([set('/a', 2), put('/list/0', 'w')], 'Errands'),
      bobs([set('/a', 3)]),
      mine([set('/b', 9)]),
      bobs([set('/list/0', 'v')], 'Plans'),
    );
    expectRejected(decideAfter(past, undo(2)), 'undo_overlap', {
      target_version: 2,
      overlaps: [
        { version: 3, user_id: BOB, paths: ['/a'], title: false },
        { version: 5, user_id: BOB, paths: ['/list/0'], title: true },
      ],
    });
  });

  it('given force: makes its parts what they were before it and leaves the rest', () => {
    const past = history(start, mine([set('/a', 2)], 'Errands'), bobs([set('/a', 3), set('/b', 3)], 'Plans'));
    const after = continued(past, undo(2, true));
    expect(after.state).toMatchObject({ content: { a: 1, b: 3, list: ['x'] }, title: 'Groceries' });
    expect(contentOf(continued(after, redo()))).toEqual({ a: 3, b: 3, list: ['x'] });
  });

  it('does not count a later change that was undone, nor its undo', () => {
    const touched = history(start, mine([set('/a', 2)]), bobs([set('/a', 3)]));
    expectRejected(decideAfter(touched, undo()), 'undo_overlap');
    const cancelled = continued(touched, undo(), asBob);
    expect(contentOf(cancelled)).toMatchObject({ a: 2 });
    expect(contentOf(continued(cancelled, undo()))).toMatchObject({ a: 1 });
  });

  it('counts the undo of an earlier change', () => {
    const past = continued(history(start, bobs([set('/a', 2)]), mine([set('/b', 2)])), undo(2));
    const later = continued(past, {
      ...head,
      kind: 'update',
      baseVersion: 4,
      knowsOwnChanges: true,
      patch: [set('/a', 7)],
    });
    expectRejected(decideAfter(later, undo(4)), 'undo_overlap');
  });

  it('given the creation: refused', () => {
    expectRejected(decideAfter(history(start), undo(1)), 'cannot_undo');
    expectRejected(decideAfter(history(start), undo()), 'nothing_to_undo');
  });

  it('given a version that is not there: version_mismatch', () => {
    expectRejected(decideAfter(history(start), undo(2)), 'version_mismatch');
    expectRejected(decideAfter(history(), undo()), 'document_not_found');
  });

  it('given a deletion: brings the document back, with the cause', () => {
    const after = continued(history(start, deleted(LAPTOP)), undo());
    expect(after.events.at(-1)).toMatchObject({ type: 'restore', cause: { kind: 'undo', version: 2 }, reverse: null });
    expect(after.state).toMatchObject({ deletedAt: null, version: 3 });
  });

  it('given a deleted document and a change before: refused until it is restored', () => {
    expectRejected(
      decideAfter(history(start, mine([set('/a', 2)]), byBob(deleted(PHONE))), undo()),
      'document_deleted',
    );
  });

  it('given a restoration: deletes, unless it was edited since, unless forced', () => {
    const back = [start, byBob(deleted(PHONE)), restored(LAPTOP)];
    expect(continued(history(...back), undo()).events.at(-1)).toMatchObject({
      type: 'delete',
      cause: { kind: 'undo', version: 3 },
    });
    const edited = history(...back, bobs([set('/a', 2)]));
    expectRejected(decideAfter(edited, undo(3)), 'undo_overlap', { overlaps: [{ version: 4, paths: ['/a'] }] });
    expect(continued(edited, undo(3, true)).state).toMatchObject({ content: { a: 2 } });
    expect(continued(edited, undo(3, true)).state!.deletedAt).not.toBeNull();
  });

  it('given a log that does not reach back to it: history_too_long', () => {
    const past = history(start, mine([set('/a', 2)]), bobs([set('/b', 2)]));
    const since = past.events.slice(2);
    expectRejected(decideAfter(past, undo(), { since }), 'history_too_long');
    expectRejected(decideAfter(past, undo(2), { since: null }), 'history_too_long');
    expectRejected(decideAfter(past, redo(), { since }), 'history_too_long');
    expectRejected(decideAfter(past, revert(1), { since }), 'history_too_long');
  });

  it('asks for the events from the change on, or for all that may be looked at', () => {
    const { state } = history(start, mine([]), mine([]), mine([]));
    expect(historyNeeded(state, undo(3))).toBe(2);
    expect(historyNeeded(state, revert(2))).toBe(1);
    expect(historyNeeded(state, undo())).toBe(0);
    expect(historyNeeded({ ...state!, version: 25_000 }, redo())).toBe(15_000);
    expect(historyNeeded({ ...state!, version: 25_000 }, undo(2))).toBe(15_000);
    expect(historyNeeded(state, undo(9))).toBeNull();
    expect(historyNeeded(state, revert(4))).toBeNull();
  });
});

describe('redo', () => {
  const past = history(start, mine([set('/a', 2)]), mine([set('/b', 2)]));

  it('brings back what was undone last, then what was undone before', () => {
    const both = continued(continued(past, undo()), undo());
    expect(contentOf(both)).toMatchObject({ a: 1, b: 1 });
    const first = continued(both, redo());
    expect(contentOf(first)).toMatchObject({ a: 2, b: 1 });
    expect(first.events.at(-1)).toMatchObject({ cause: { kind: 'redo', version: 5 } });
    const second = continued(first, redo());
    expect(contentOf(second)).toMatchObject({ a: 2, b: 2 });
    expectRejected(decideAfter(second, redo()), 'nothing_to_redo');
    expect(contentOf(continued(second, undo()))).toMatchObject({ a: 2, b: 1 });
  });

  it('takes back the undo that is named, and no other', () => {
    const both = continued(continued(past, undo()), undo());
    const first = continued(both, redo(false, 4));
    expect(contentOf(first)).toMatchObject({ a: 1, b: 2 });
    expect(first.events.at(-1)).toMatchObject({ cause: { kind: 'redo', version: 4 } });
    // Once more changes nothing: it has been taken back already.
    expect(decideAfter(first, redo(false, 4))).toMatchObject({ outcome: 'unchanged' });
    expectRejected(decideAfter(both, redo(false, 2)), 'nothing_to_redo');
    expectRejected(decideAfter(both, redo(false, 9)), 'version_mismatch');
    expect(historyNeeded(both.state, redo(false, 4))).toBe(3);
  });

  it('is refused where others have written there since, unless forced', () => {
    const undone = continued(past, undo());
    const touched = continued(
      undone,
      { ...head, kind: 'update', baseVersion: 4, knowsOwnChanges: true, patch: [set('/b', 5)] },
      asBob,
    );
    expectRejected(decideAfter(touched, redo()), 'undo_overlap', {
      overlaps: [{ version: 5, user_id: BOB, paths: ['/b'] }],
    });
    expect(contentOf(continued(touched, redo(true)))).toMatchObject({ b: 2 });
  });

  it('takes back none but the own undo', () => {
    expectRejected(decideAfter(continued(past, undo()), redo(), asBob), 'nothing_to_redo');
  });
});

describe('revert', () => {
  const past = history(start, mine([set('/a', 2)], 'Errands'), bobs([set('/b', 2)]));

  it('makes content and title what they were, in one change that can be undone', () => {
    const after = continued(past, revert(1));
    expect(after.state).toMatchObject({ content: { a: 1, b: 1, list: ['x'] }, title: 'Groceries' });
    expect(after.events.at(-1)).toMatchObject({ type: 'update', cause: { kind: 'revert', version: 1 } });
    expect(continued(after, undo()).state).toMatchObject({ content: { a: 2, b: 2 }, title: 'Errands' });
  });

  it('to what it is: unchanged', () => {
    expect(decideAfter(past, revert(3))).toEqual({ outcome: 'unchanged', state: past.state });
    const back = history(start, mine([set('/a', 2)]), mine([set('/a', 1)]));
    expect(decideAfter(back, revert(1))).toEqual({ outcome: 'unchanged', state: back.state });
  });

  it('of a deleted document brings it back as it was then, and can be walked back over', () => {
    const gone = history(start, mine([set('/a', 2)]), deleted(LAPTOP));
    const after = continued(gone, revert(1));
    const event = after.events.at(-1)!;
    expect(event).toMatchObject({ type: 'restore', cause: { kind: 'revert', version: 1 }, reverse: gone.state });
    expect(after.state).toMatchObject({ content: { a: 1 }, deletedAt: null });
  });

  it('to when it was deleted: deletes', () => {
    const back = history(start, deleted(LAPTOP), restored(LAPTOP));
    expect(continued(back, revert(2)).events.at(-1)).toMatchObject({
      type: 'delete',
      cause: { kind: 'revert', version: 2 },
    });
  });

  it('takes a version that it is handed where the events do not reach', () => {
    const versions = (version: number) => past.states[version];
    expect(contentOf(continued(past, revert(1), { since: null, versions }))).toMatchObject({ a: 1, b: 1 });
  });

  it('to a version that is not there: version_mismatch', () => {
    expectRejected(decideAfter(past, revert(4)), 'version_mismatch');
    expectRejected(decideAfter(past, revert(0)), 'version_mismatch');
  });
});

describe('previewUndo', () => {
  it('tells what would be, with what stands in the way, and what forcing it would come to', () => {
    const past = history(start, mine([set('/a', 2)]), bobs([set('/a', 3)]));
    expect(previewUndo(past.state!, undo(), contextFor(past, undo()))).toEqual({
      cause: { kind: 'undo', version: 2 },
      type: 'update',
      patch: [set('/a', 1)],
      title: 'Groceries',
      content: { a: 1, b: 1, list: ['x'] },
      deleted: false,
      overlaps: [{ version: 3, userId: BOB, paths: ['/a'], title: false }],
    });
    expect(ALICE).not.toBe(BOB);
  });
});
