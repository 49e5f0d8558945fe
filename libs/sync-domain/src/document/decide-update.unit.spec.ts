/** Given events, when an update of the current version, then an event or a rejection. Concurrent ones: merge-update.unit.spec.ts. */
import {
  created,
  decideAfter,
  deleted,
  DOCUMENT,
  history,
  LAPTOP,
  mutationOf,
  NOW,
  PHONE,
  put,
  set,
  sha256Hex,
  STREAM,
  timeOf,
  update,
  updated,
} from '../../../../testing/decider.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { fingerprint } from './revision.js';

const TASK = { text: 'milk', done: false, tags: ['a', 'b'] };
const birth = created(TASK);
const fresh = history(birth);
/** While the author was at version 1, the phone changed the text. */
const textByPhone = history(birth, updated(PHONE, [set('/text', 'oat milk')]));

describe('an update of the current version', () => {
  it('is one event with the patch as it came, and the way back', () => {
    const patch = [set('/text', 'bread'), put('/tags/-', 'c')];
    const content = { text: 'bread', done: false, tags: ['a', 'b', 'c'] };
    const { revisionId } = fingerprint(content, 2, sha256Hex);
    const decision = decideAfter(fresh, update(1, patch));
    expect(decision).toEqual({
      outcome: 'accepted',
      status: 'applied',
      conflict: null,
      event: {
        type: 'update',
        streamId: STREAM,
        documentId: DOCUMENT,
        version: 2,
        userId: fresh.state!.userId,
        clientId: LAPTOP,
        mutationId: mutationOf(999),
        revisionId,
        vectorClock: { [LAPTOP]: 2 },
        createdAt: NOW,
        cause: null,
        forward: patch,
        reverse: [{ op: 'remove', path: '/tags/2' }, set('/text', 'milk')],
        title: null,
      },
      state: {
        ...fresh.state,
        content,
        version: 2,
        revisionId,
        vectorClock: { [LAPTOP]: 2 },
        createdAt: timeOf(1),
        updatedAt: NOW,
      },
    });
  });

  it('applies to whatever is current where no version is named', () => {
    const decision = decideAfter(textByPhone, update(null, [set('/text', 'bread')]));
    expect(decision).toMatchObject({
      status: 'applied',
      conflict: null,
      state: { version: 3, content: { text: 'bread' } },
    });
  });

  it('changes the title alone, and tells the former one', () => {
    const decision = decideAfter(fresh, update(1, [], { title: 'Errands' }));
    expect(decision).toMatchObject({
      status: 'applied',
      event: { forward: [], reverse: [], title: { from: 'Groceries', to: 'Errands' } },
      state: { title: 'Errands', content: TASK },
    });
  });

  it('tells of no title change where the title is the same', () => {
    const decision = decideAfter(fresh, update(1, [set('/done', true)], { title: 'Groceries' }));
    expect(decision).toMatchObject({ event: { title: null } });
  });

  it.each<[string, JsonPatch]>([
    ['an empty patch', []],
    ['a patch that sets what is there', [set('/text', 'milk')]],
    ['a patch that only tests', [{ op: 'test', path: '/text', value: 'milk' }]],
  ])('makes a version of %s too: its author was promised an event', (_what, patch) => {
    const decision = decideAfter(fresh, update(1, patch));
    expect(decision).toMatchObject({
      status: 'applied',
      event: { version: 2, forward: patch },
      state: { content: TASK },
    });
  });

  it('given nothing: document_not_found', () => {
    expect(decideAfter(history(), update(null, []))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'document_not_found' },
    });
  });

  it('given a deleted document: document_deleted', () => {
    const gone = history(birth, deleted(LAPTOP));
    for (const base of [2, null]) {
      expect(decideAfter(gone, update(base, []))).toMatchObject({
        outcome: 'rejected',
        error: { code: 'document_deleted' },
      });
    }
  });

  it.each<[string, JsonPatch, number, string]>([
    ['a path that is not there', [set('/done', true), set('/nowhere', 1)], 1, '/nowhere'],
    ['a test that fails', [{ op: 'test', path: '/text', value: 'beer' }], 0, '/text'],
  ])('refuses a patch whole for %s, and names the operation', (_what, patch, operation, path) => {
    expect(decideAfter(fresh, update(1, patch))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_patch', details: { operation, path } },
    });
  });
});

describe('the limits of an update', () => {
  const limit = LIMITS.documentDepth;
  const nested = (levels: number): JsonValue => (levels === 0 ? 'leaf' : { in: nested(levels - 1) });

  it('refuses what would make the document too large', () => {
    const patch = [set('/text', 'x'.repeat(LIMITS.documentCharacters))];
    expect(decideAfter(fresh, update(1, patch))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_document' },
    });
  });

  it('takes what nests as deep as a document may', () => {
    expect(decideAfter(fresh, update(1, [set('/text', nested(limit - 1))]))).toMatchObject({ status: 'applied' });
  });

  it.each<[string, JsonValue, JsonPatch]>([
    ['a value too deep for its place', TASK, [set('/text', nested(limit))]],
    ['the same at the end of an array', TASK, [put('/tags/-', nested(limit - 1))]],
    ['one that a later operation pushes aside', TASK, [put('/tags/0', nested(limit - 1)), put('/tags/0', 'x')]],
    ['a part moved deeper', { a: nested(limit - 1), b: {} }, [{ op: 'move', from: '/a', path: '/b/a' }]],
    ['a part copied deeper', { a: nested(limit - 1), b: {} }, [{ op: 'copy', from: '/a', path: '/b/a' }]],
    [
      'a part copied deeper and pushed aside',
      { a: nested(limit - 1), b: [] },
      [{ op: 'copy', from: '/a', path: '/b/0' }, put('/b/0', 'x')],
    ],
  ])('refuses %s', (_what, content, patch) => {
    expect(decideAfter(history(created(content)), update(1, patch))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_document' },
    });
  });
});

describe('the checksum', () => {
  const after = fingerprint({ ...TASK, done: true }, 2, sha256Hex).checksum;

  it('is taken where it matches the content after the patch', () => {
    expect(decideAfter(fresh, update(1, [set('/done', true)], { checksum: after }))).toMatchObject({
      status: 'applied',
    });
  });

  it('refuses the update where it does not', () => {
    const command = update(1, [set('/done', true)], { checksum: sha256Hex('something else') });
    expect(decideAfter(fresh, command)).toMatchObject({ outcome: 'rejected', error: { code: 'invalid_patch' } });
  });

  it('is not held against a merge, whose result the author could not know', () => {
    const command = update(1, [set('/done', true)], { checksum: after });
    expect(decideAfter(textByPhone, command)).toMatchObject({ status: 'merged' });
  });
});
