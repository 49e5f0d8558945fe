/** Given events that the author did not know, when an update, then a merge, a conflict, or nothing. */
import {
  created,
  decideAfter,
  deleted,
  history,
  LAPTOP,
  PHONE,
  put,
  restored,
  set,
  update,
  updated,
} from '../../../../testing/decider.js';
import { LIMITS } from '../limits.js';
import type { JsonPatch } from '../patch/json-patch.types.js';

const TASK = { text: 'milk', done: false, tags: ['a', 'b'] };
const birth = created(TASK);
const fresh = history(birth);
/** While the author was at version 1, the phone changed the text. */
const textByPhone = history(birth, updated(PHONE, [set('/text', 'oat milk')]));
const titleByPhone = history(birth, updated(PHONE, [], 'Errands'));

describe('an update that others were faster than', () => {
  it('is merged where it touches other parts', () => {
    const patch = [set('/done', true)];
    expect(decideAfter(textByPhone, update(1, patch))).toMatchObject({
      outcome: 'accepted',
      status: 'merged',
      conflict: null,
      event: { version: 3, forward: patch, reverse: [set('/done', false)], vectorClock: { [LAPTOP]: 2, [PHONE]: 1 } },
      state: { content: { text: 'oat milk', done: true, tags: ['a', 'b'] } },
    });
  });

  it('loses the part that overlaps, and keeps the rest', () => {
    const patch = [set('/text', 'soy milk'), set('/done', true)];
    expect(decideAfter(textByPhone, update(1, patch))).toMatchObject({
      status: 'conflicted',
      event: { version: 3, forward: [patch[1]] },
      state: { content: { text: 'oat milk', done: true } },
      conflict: {
        baseVersion: 1,
        serverVersion: 2,
        strategy: 'server_wins',
        dropped: [{ index: 0, operation: patch[0] }],
        droppedTitle: null,
      },
    });
  });

  it('loses whole where all of it overlaps: no event, the document stays', () => {
    const patch = [set('/text', 'soy milk')];
    const decision = decideAfter(textByPhone, update(1, patch));
    expect(decision).toMatchObject({ status: 'conflicted', event: null, conflict: { dropped: [{ index: 0 }] } });
    expect(decision).toHaveProperty('state', textByPhone.state);
  });

  it('loses whole where a test of it fails, for it stands or falls as one', () => {
    const patch: JsonPatch = [{ op: 'test', path: '/text', value: 'milk' }, set('/done', true)];
    expect(decideAfter(textByPhone, update(1, patch))).toMatchObject({
      status: 'conflicted',
      event: null,
      conflict: { dropped: patch.map((operation, index) => ({ index, operation })) },
    });
  });

  it('touches all of an array that either side inserted into', () => {
    const past = history(birth, updated(PHONE, [put('/tags/0', 'first')]));
    expect(decideAfter(past, update(1, [set('/tags/1', 'B')]))).toMatchObject({ status: 'conflicted', event: null });
  });

  it('has nothing left to do where the others did just the same', () => {
    const decision = decideAfter(textByPhone, update(1, [set('/text', 'oat milk')]));
    expect(decision).toEqual({
      outcome: 'accepted',
      status: 'merged',
      event: null,
      state: textByPhone.state,
      conflict: null,
    });
  });

  it('loses its title against another new one, and keeps its operations', () => {
    const decision = decideAfter(titleByPhone, update(1, [set('/done', true)], { title: 'Plans' }));
    expect(decision).toMatchObject({
      status: 'conflicted',
      event: { forward: [set('/done', true)], title: null },
      state: { title: 'Errands' },
      conflict: { dropped: [], droppedTitle: 'Plans' },
    });
  });

  it('loses no title where the others chose the same', () => {
    expect(decideAfter(titleByPhone, update(1, [set('/done', true)], { title: 'Errands' }))).toMatchObject({
      status: 'merged',
      conflict: null,
      event: { title: null },
    });
  });

  it('sets its title where the others changed the content only', () => {
    expect(decideAfter(textByPhone, update(1, [], { title: 'Errands' }))).toMatchObject({
      status: 'merged',
      event: { forward: [], title: { from: 'Groceries', to: 'Errands' } },
    });
  });

  it('is still held to the limits', () => {
    const patch = [set('/done', 'x'.repeat(LIMITS.documentCharacters))];
    expect(decideAfter(textByPhone, update(1, patch))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalid_document' },
    });
  });
});

describe('the own changes of an author', () => {
  const ownTwice = history(birth, updated(LAPTOP, [set('/text', 'bread')]), updated(LAPTOP, [set('/text', 'rolls')]));

  it('are known to a streaming client: its next change applies directly', () => {
    expect(decideAfter(ownTwice, update(1, [set('/text', 'buns')]))).toMatchObject({
      status: 'applied',
      conflict: null,
      state: { version: 4, content: { text: 'buns' } },
    });
  });

  it('are news to a classic client, which names all that it knew', () => {
    expect(decideAfter(ownTwice, update(1, [set('/text', 'buns')], { knowsOwnChanges: false }))).toMatchObject({
      status: 'conflicted',
      event: null,
    });
  });

  it('do not make the changes of others between them known', () => {
    const past = history(birth, updated(PHONE, [set('/done', true)]), updated(LAPTOP, [set('/text', 'bread')]));
    const patch = [set('/text', 'buns'), set('/done', 0)];
    expect(decideAfter(past, update(1, patch))).toMatchObject({
      status: 'conflicted',
      event: { forward: [patch[0]] },
      conflict: { dropped: [{ index: 1 }] },
    });
  });

  it('are known from its own creation on, which it names as version 0', () => {
    expect(decideAfter(fresh, update(0, [set('/text', 'bread')]))).toMatchObject({
      status: 'applied',
      event: { version: 2 },
    });
  });

  it('do not include the creation by another client: that document is not the one it meant', () => {
    const patch = [set('/text', 'bread')];
    expect(decideAfter(history(created(TASK, 'Theirs', PHONE)), update(0, patch, { title: 'Mine' }))).toMatchObject({
      status: 'conflicted',
      event: null,
      conflict: { dropped: [{ index: 0, operation: patch[0] }], droppedTitle: 'Mine' },
    });
  });
});

describe('a deletion meanwhile', () => {
  it('by another client wins: the update is kept whole in the conflict', () => {
    const patch = [set('/done', true)];
    const past = history(birth, deleted(PHONE));
    expect(decideAfter(past, update(1, patch, { title: 'Errands' }))).toEqual({
      outcome: 'accepted',
      status: 'conflicted',
      event: null,
      state: past.state,
      conflict: {
        baseVersion: 1,
        serverVersion: 2,
        strategy: 'server_wins',
        reason: 'the document was deleted meanwhile',
        dropped: [{ index: 0, operation: patch[0] }],
        droppedTitle: 'Errands',
      },
    });
  });

  it('by the author itself was known: document_deleted', () => {
    expect(decideAfter(history(birth, deleted(LAPTOP)), update(1, []))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'document_deleted' },
    });
  });

  it('that was taken back since is no hindrance', () => {
    const past = history(birth, deleted(PHONE), restored(PHONE));
    expect(decideAfter(past, update(1, [set('/done', true)]))).toMatchObject({
      status: 'merged',
      event: { version: 4 },
    });
  });
});

describe('a base that the log cannot tell about', () => {
  const patch = [set('/done', true)];
  const whole = { status: 'conflicted', event: null, conflict: { dropped: [{ index: 0, operation: patch[0] }] } };

  it('ahead of the document: a conflict as a whole', () => {
    expect(decideAfter(fresh, update(7, patch))).toMatchObject({
      ...whole,
      conflict: { baseVersion: 7, serverVersion: 1 },
    });
  });

  it('older than the log: a conflict as a whole', () => {
    expect(decideAfter(textByPhone, update(1, patch), { since: null })).toMatchObject({
      ...whole,
      conflict: { reason: 'its base is too old to merge with' },
    });
  });

  it('older than the events at hand: a conflict as a whole, for what lies between is unknown', () => {
    const past = history(birth, updated(PHONE, patch), updated(PHONE, [set('/text', 'bread')]));
    for (const since of [past.events.slice(2), []]) {
      expect(decideAfter(past, update(1, patch), { since })).toMatchObject(whole);
    }
  });

  it('older than a merge looks back, under a concurrent clock: a conflict as a whole', () => {
    const edits = Array.from({ length: LIMITS.mergeEvents + 2 }, (_, i) => updated(PHONE, [set('/text', `${i}`)]));
    const past = history(birth, updated(PHONE, patch), ...edits);
    const command = update(1, [set('/done', 0)], { knowsOwnChanges: false, vectorClock: { elsewhere: 1 } });
    expect(decideAfter(past, command)).toMatchObject({
      status: 'conflicted',
      event: null,
      state: { content: { done: true } },
    });
  });
});

describe('an update on top of an own change that lost', () => {
  // The author inserted at the front and lost; its next change names what it saw at index 1.
  const firstTagByPhone = history(birth, updated(PHONE, [set('/tags/0', 'z')]));
  const lost = [put('/tags/0', 'mine')];

  it('loses where an index no longer means what its author saw', () => {
    const patch = [set('/tags/1', 'a!'), set('/done', true)];
    expect(decideAfter(firstTagByPhone, update(1, patch), { lost })).toMatchObject({
      status: 'conflicted',
      event: { forward: [set('/done', true)] },
      state: { content: { tags: ['z', 'b'] } },
      conflict: { dropped: [{ index: 0, operation: patch[0] }] },
    });
  });

  it('is merged elsewhere', () => {
    expect(decideAfter(firstTagByPhone, update(1, [set('/done', true)]), { lost })).toMatchObject({ status: 'merged' });
  });

  it('is judged without it by a dialect that names all that it knew', () => {
    const command = update(1, [set('/tags/1', 'b!')], { knowsOwnChanges: false });
    expect(decideAfter(firstTagByPhone, command, { lost })).toMatchObject({ status: 'merged' });
  });
});

describe('vector clocks', () => {
  it('that know all: the update applies, under the clock that the author advanced', () => {
    const vectorClock = { [LAPTOP]: 2 };
    expect(decideAfter(fresh, update(1, [set('/done', true)], { vectorClock }))).toMatchObject({
      status: 'applied',
      event: { vectorClock: { [LAPTOP]: 2 } },
    });
  });

  it('that were not advanced are advanced for the author', () => {
    const vectorClock = { [LAPTOP]: 1 };
    expect(decideAfter(fresh, update(1, [set('/done', true)], { vectorClock }))).toMatchObject({
      event: { vectorClock: { [LAPTOP]: 2 } },
    });
  });

  it('that are concurrent make the update concurrent, though its base is the current version', () => {
    const command = update(2, [set('/text', 'soy milk'), set('/done', true)], {
      knowsOwnChanges: false,
      vectorClock: { [LAPTOP]: 2 },
    });
    expect(decideAfter(textByPhone, command)).toMatchObject({
      status: 'conflicted',
      event: { forward: [set('/done', true)], vectorClock: { [LAPTOP]: 2, [PHONE]: 1 } },
      conflict: { dropped: [{ index: 0 }] },
    });
  });

  it('that are concurrent still merge what nobody else has touched', () => {
    const command = update(2, [set('/done', true)], { knowsOwnChanges: false, vectorClock: { [LAPTOP]: 2 } });
    expect(decideAfter(textByPhone, command)).toMatchObject({ status: 'merged', conflict: null });
  });

  it('that are behind do not count against a base that is current', () => {
    const command = update(2, [set('/text', 'soy milk')], { knowsOwnChanges: false, vectorClock: { [LAPTOP]: 1 } });
    expect(decideAfter(textByPhone, command)).toMatchObject({ status: 'applied' });
  });
});
