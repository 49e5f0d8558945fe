/** Folding an event in and out, one kind at a time. That whole lives can be walked both ways is in laws.unit.spec.ts. */
import { created, deleted, history, LAPTOP, PHONE, restored, timeOf, updated } from '../../../../testing/decider.js';
import { AssertionFailure } from '../errors/sync-error.js';
import { PatchError } from '../patch/patch-error.js';
import type { UpdateEvent } from './change-event.js';
import { devolve, devolveContent, evolve } from './evolve.js';

const life = history(
  created({ text: 'a' }),
  updated(PHONE, [{ op: 'replace', path: '/text', value: 'b' }], 'Errands'),
  deleted(PHONE),
  restored(LAPTOP),
);
const [creation, update, deletion, restoration] = life.events as [
  (typeof life.events)[0],
  UpdateEvent,
  (typeof life.events)[0],
  (typeof life.events)[0],
];
const [, v1, v2, v3, v4] = life.states;

describe('evolve', () => {
  it('begins with the creation, whole', () => {
    expect(evolve(undefined, creation)).toBe(creation.forward);
  });

  it('patches content and title, and keeps who made the document and when', () => {
    expect(evolve(v1, update)).toEqual({
      ...v1,
      title: 'Errands',
      content: { text: 'b' },
      version: 2,
      revisionId: update.revisionId,
      vectorClock: { [LAPTOP]: 1, [PHONE]: 1 },
      updatedAt: timeOf(2),
    });
  });

  it('keeps the title where the update names none', () => {
    expect(evolve(v1, { ...update, title: null }).title).toBe('Groceries');
  });

  it('marks a deletion with its time and keeps the content', () => {
    expect(evolve(v2, deletion)).toMatchObject({ content: { text: 'b' }, version: 3, deletedAt: timeOf(3) });
  });

  it('brings a deleted document back as it was', () => {
    expect(evolve(v3, restoration)).toEqual({ ...v4, title: 'Errands', content: { text: 'b' }, deletedAt: null });
  });

  it.each([
    ['an event twice', v2, update],
    ['an event too early', v1, deletion],
    ['a second creation', v1, creation],
    ['an update before the creation', undefined, { ...update, version: 1 }],
  ])('refuses %s', (_what, state, event) => {
    expect(() => evolve(state, event)).toThrow(AssertionFailure);
  });

  it('refuses an update that does not apply, for then the state is wrong', () => {
    expect(() => evolve({ ...v1!, content: [] }, update)).toThrow(PatchError);
  });
});

describe('devolve', () => {
  it('leaves nothing before the creation', () => {
    expect(devolve(v1!, { event: creation, previous: null })).toBeUndefined();
  });

  it.each([
    ['an update', v2, update, creation, v1],
    ['a deletion', v3, deletion, update, v2],
    ['a restoration', v4, restoration, deletion, v3],
  ])('takes back %s', (_what, state, event, previous, former) => {
    expect(devolve(state!, { event, previous })).toEqual(former);
  });

  it('needs no event before a deletion, which carries the whole document', () => {
    expect(devolve(v3!, { event: deletion, previous: null })).toEqual(v2);
  });

  it('refuses to guess what stood before an update or a restoration', () => {
    expect(() => devolve(v2!, { event: update, previous: null })).toThrow(AssertionFailure);
    expect(() => devolve(v4!, { event: restoration, previous: null })).toThrow(AssertionFailure);
  });

  it('refuses an event that is not the last one', () => {
    expect(() => devolve(v3!, { event: update, previous: creation })).toThrow(AssertionFailure);
  });
});

describe('devolveContent', () => {
  it('takes an update back, and nothing else changes content', () => {
    expect(devolveContent({ text: 'b' }, update)).toEqual({ text: 'a' });
    for (const event of [creation, deletion, restoration]) expect(devolveContent('as it is', event)).toBe('as it is');
  });
});
