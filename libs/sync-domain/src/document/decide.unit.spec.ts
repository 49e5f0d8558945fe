/** Given events, when a command, then events or a named rejection, or nothing: creating, deleting, restoring. */
import {
  ALICE,
  created,
  contextFor,
  decideAfter,
  deleted,
  DOCUMENT,
  history,
  LAPTOP,
  mutationOf,
  NOW,
  PHONE,
  restored,
  sha256Hex,
  STREAM,
  updated,
} from '../../../../testing/decider.js';
import { AssertionFailure } from '../errors/sync-error.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import type { DocumentCommand } from './command.js';
import { decide, historyNeeded } from './decide.js';
import { fingerprint } from './revision.js';

const head = { streamId: STREAM, documentId: DOCUMENT };
const edit = (by: typeof LAPTOP, value: JsonValue) => updated(by, [{ op: 'replace', path: '/text', value }]);

const create = (content: JsonValue, title = 'Groceries'): DocumentCommand => ({
  ...head,
  kind: 'create',
  title,
  content,
});
const remove = (baseVersion: number | null, knowsOwnChanges = true): DocumentCommand => ({
  ...head,
  kind: 'delete',
  baseVersion,
  knowsOwnChanges,
});
const restore: DocumentCommand = { ...head, kind: 'restore' };

const nested = (levels: number): JsonValue => (levels === 0 ? 'leaf' : { in: nested(levels - 1) });

const nothing = history();
const fresh = history(created({ text: 'a' }));
const editedByPhone = history(created({ text: 'a' }), edit(PHONE, 'b'));
const gone = history(created({ text: 'a' }), deleted(PHONE));

describe('create', () => {
  it('given nothing: the document, whole, at version 1', () => {
    const decision = decideAfter(nothing, create({ text: 'a' }));
    const state = {
      id: DOCUMENT,
      streamId: STREAM,
      userId: ALICE,
      title: 'Groceries',
      content: { text: 'a' },
      version: 1,
      revisionId: fingerprint({ text: 'a' }, 1, sha256Hex).revisionId,
      vectorClock: { [LAPTOP]: 1 },
      createdAt: NOW,
      updatedAt: NOW,
      deletedAt: null,
    };
    expect(decision).toEqual({
      outcome: 'accepted',
      status: 'applied',
      state,
      conflict: null,
      event: {
        type: 'create',
        streamId: STREAM,
        documentId: DOCUMENT,
        version: 1,
        userId: ALICE,
        clientId: LAPTOP,
        mutationId: mutationOf(999),
        revisionId: state.revisionId,
        vectorClock: { [LAPTOP]: 1 },
        createdAt: NOW,
        cause: null,
        forward: state,
        reverse: null,
      },
    });
  });

  it('given nothing: takes over the clock of an author that brings one', () => {
    const decision = decideAfter(nothing, {
      ...head,
      kind: 'create',
      title: '',
      content: {},
      vectorClock: { desk: 3 },
    });
    expect(decision).toMatchObject({ outcome: 'accepted', state: { vectorClock: { desk: 3 } } });
  });

  it('given the same document: nothing happens', () => {
    const decision = decideAfter(fresh, create({ text: 'a' }));
    expect(decision).toEqual({ outcome: 'unchanged', state: fresh.state });
  });

  it.each([
    ['other content', fresh, create({ text: 'z' })],
    ['another title', fresh, create({ text: 'a' }, 'Errands')],
    ['the same document, deleted', gone, create({ text: 'a' })],
  ])('given %s: document_exists', (_what, past, command) => {
    expect(decideAfter(past, command)).toMatchObject({ outcome: 'rejected', error: { code: 'document_exists' } });
  });

  it('takes content as large as a document may be, and refuses one character more', () => {
    const quotes = 2;
    const atLimit = 'x'.repeat(LIMITS.documentCharacters - quotes);
    expect(decideAfter(nothing, create(atLimit))).toMatchObject({ outcome: 'accepted' });
    expect(decideAfter(nothing, create(`${atLimit}x`))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_document' },
    });
  });

  it('takes content nested as deep as a document may be, and refuses one level more', () => {
    expect(decideAfter(nothing, create(nested(LIMITS.documentDepth)))).toMatchObject({ outcome: 'accepted' });
    expect(decideAfter(nothing, create(nested(LIMITS.documentDepth + 1)))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_document' },
    });
  });
});

describe('delete', () => {
  it('given nothing: document_not_found', () => {
    expect(decideAfter(nothing, remove(null))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'document_not_found' },
    });
  });

  it.each([
    ['the current version named', fresh, remove(1)],
    ['no version named', editedByPhone, remove(null)],
    ['no version named by a classic client', editedByPhone, remove(null, false)],
  ])('given %s: deleted, with the whole document to go back to', (_what, past, command) => {
    const version = past.events.length + 1;
    const { revisionId } = fingerprint(past.state!.content, version, sha256Hex);
    expect(decideAfter(past, command)).toMatchObject({
      outcome: 'accepted',
      status: 'applied',
      conflict: null,
      event: { type: 'delete', version, revisionId, forward: null, reverse: past.state, createdAt: NOW },
      state: { version, revisionId, content: past.state!.content, updatedAt: NOW, deletedAt: NOW },
    });
  });

  it('given a newer edit by another client: the edit stands, and the deletion is a conflict', () => {
    const decision = decideAfter(editedByPhone, remove(1));
    expect(decision).toEqual({
      outcome: 'accepted',
      status: 'conflicted',
      event: null,
      state: editedByPhone.state,
      conflict: {
        baseVersion: 1,
        serverVersion: 2,
        strategy: 'server_wins',
        reason: 'the document was changed after the version that the deletion knew',
        dropped: [],
        droppedTitle: null,
      },
    });
  });

  it('given only newer edits of its own: deleted, for it knew them', () => {
    const past = history(created({ text: 'a' }), edit(LAPTOP, 'b'), edit(LAPTOP, 'c'));
    expect(decideAfter(past, remove(1))).toMatchObject({ status: 'applied', event: { type: 'delete', version: 4 } });
  });

  it('given newer edits of its own, from a classic client: a conflict, for it names all that it knew', () => {
    const past = history(created({ text: 'a' }), edit(LAPTOP, 'b'));
    expect(decideAfter(past, remove(1, false))).toMatchObject({ status: 'conflicted', event: null });
  });

  it('given a log that does not reach back to its base: a conflict, for who knows what came since', () => {
    const past = history(created({ text: 'a' }), edit(LAPTOP, 'b'));
    expect(decideAfter(past, remove(1), { since: null })).toMatchObject({ status: 'conflicted', event: null });
  });

  it.each([
    ['the current version named', remove(2)],
    ['an old version named', remove(1)],
    ['none named', remove(null)],
  ])('given a deleted document, %s: nothing happens', (_what, command) => {
    expect(decideAfter(gone, command)).toEqual({ outcome: 'unchanged', state: gone.state });
  });
});

describe('restore', () => {
  it('given nothing: document_not_found', () => {
    expect(decideAfter(nothing, restore)).toMatchObject({ outcome: 'rejected', error: { code: 'document_not_found' } });
  });

  it('given a document that lives: nothing happens', () => {
    expect(decideAfter(fresh, restore)).toEqual({ outcome: 'unchanged', state: fresh.state });
  });

  it('given a deleted document: back as it was, under the next version', () => {
    const { revisionId } = fingerprint({ text: 'a' }, 3, sha256Hex);
    const state = { ...fresh.state, version: 3, revisionId, vectorClock: { [LAPTOP]: 2, [PHONE]: 1 }, updatedAt: NOW };
    expect(decideAfter(gone, restore)).toMatchObject({
      outcome: 'accepted',
      status: 'applied',
      event: { type: 'restore', version: 3, revisionId, forward: state, reverse: null },
      state,
      conflict: null,
    });
  });

  it('given one that was restored before: it can be deleted and restored again', () => {
    const past = history(created({ text: 'a' }), deleted(PHONE), restored(LAPTOP), deleted(LAPTOP));
    expect(decideAfter(past, restore)).toMatchObject({
      event: { type: 'restore', version: 5 },
      state: { deletedAt: null },
    });
  });
});

describe('a command of no known kind', () => {
  it('is a fault of the program, not an answer', () => {
    const command = { ...head, kind: 'explode' } as unknown as DocumentCommand;
    expect(() => decide(fresh.state, command, contextFor(fresh, restore))).toThrow(AssertionFailure);
  });
});

describe('historyNeeded', () => {
  const update = (change: object): DocumentCommand => ({
    ...head,
    kind: 'update',
    baseVersion: 2,
    knowsOwnChanges: true,
    patch: [],
    ...change,
  });
  const past = history(created({ text: 'a' }), edit(PHONE, 'b'));

  it.each<[string, DocumentCommand]>([
    ['a creation', create({})],
    ['a restoration', restore],
    ['an update of the current version', update({})],
    ['an update that names no version', update({ baseVersion: null })],
    ['an update of a version that is not there', update({ baseVersion: 9 })],
    ['an update whose clock knows all', update({ vectorClock: { [LAPTOP]: 2, [PHONE]: 1 } })],
    ['a deletion of the current version', remove(2)],
  ])('is none for %s', (_what, command) => {
    expect(historyNeeded(past.state, command)).toBeNull();
  });

  it('is none for a document that is not there', () => {
    expect(historyNeeded(undefined, update({ baseVersion: 1 }))).toBeNull();
  });

  it('goes back to the base of an update or a deletion', () => {
    expect(historyNeeded(past.state, update({ baseVersion: 1 }))).toBe(1);
    expect(historyNeeded(past.state, update({ baseVersion: 0 }))).toBe(0);
    expect(historyNeeded(past.state, remove(1))).toBe(1);
  });

  it('goes back as far as a merge may where the clocks are concurrent', () => {
    const command = update({ vectorClock: { elsewhere: 1 } });
    expect(historyNeeded(past.state, command)).toBe(0);
    const old = { ...past.state!, version: LIMITS.mergeEvents + 5 };
    expect(historyNeeded(old, command)).toBe(5);
  });
});
