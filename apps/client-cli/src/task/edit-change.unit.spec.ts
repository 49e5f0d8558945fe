import { makeDocument, makeTask } from '../../test/make-document.js';
import { changeFor, type Edit } from './edit-change.js';
import { taskOf } from './task.js';

const NOTHING: Edit = {
  fields: {},
  addTags: [],
  removeTags: [],
  assignments: [],
  patch: undefined,
  content: undefined,
};

describe('what edit asks for', () => {
  const task = makeTask({ title: 'Old', tags: ['a', 'b'], more: { kept: true } });

  it.each<[string, Partial<Edit>, unknown]>([
    ['fields', { fields: { status: 'completed' } }, { merge: { status: 'completed' } }],
    ['a title', { fields: { title: 'New' } }, { title: 'New', merge: { title: 'New' } }],
    ['what is so already', { fields: { status: 'pending' } }, undefined],
    ['other tags', { addTags: ['#c', 'a'], removeTags: ['b'] }, { merge: { tags: ['a', 'c'] } }],
    ['all tags', { fields: { tags: ['x'] }, addTags: ['y'] }, { merge: { tags: ['x', 'y'] } }],
    ['a patch', { patch: [{ op: 'remove', path: '/more' }] }, { patch: [{ op: 'remove', path: '/more' }] }],
    ['a patch and a title', { patch: [], fields: { title: 'New' } }, { patch: [], title: 'New' }],
    ['a new content, null too', { content: null }, { content: null }],
  ])('%s', (_what, edit, expected) => {
    expect(changeFor(task, { ...NOTHING, ...edit })).toEqual(expected);
  });

  it('sets places one after the other', () => {
    const assignments = [
      { path: ['more', 'kept'], value: false },
      { path: ['list'], value: [] },
      { path: ['list', '-'], value: 1 },
    ];
    expect(changeFor(task, { ...NOTHING, assignments })).toEqual({
      content: { ...(task.document.content as object), more: { kept: false }, list: [1] },
    });
  });

  it('leaves the content of a plain document alone when only its title changes', () => {
    const plain = taskOf(makeDocument({ title: 'Old', content: { a: 1 } }));
    expect(changeFor(plain, { ...NOTHING, fields: { title: 'New' } })).toEqual({ patch: [], title: 'New' });
    expect(changeFor(plain, { ...NOTHING, fields: { title: 'Old' } })).toBeUndefined();
  });

  it('makes a task of an object, its tags kept', () => {
    const plain = taskOf(makeDocument({ content: { tags: ['a'] } }));
    const edit = { ...NOTHING, fields: { status: 'pending' as const }, addTags: ['b'] };
    expect(changeFor(plain, edit)).toEqual({ merge: { status: 'pending', tags: ['a', 'b'] } });
  });

  it('makes no task of what is no object', () => {
    for (const content of [null, 7, ['pending']]) {
      const plain = taskOf(makeDocument({ content }));
      expect(() => changeFor(plain, { ...NOTHING, fields: { status: 'pending' } })).toThrow(
        'its content is not an object',
      );
    }
  });
});
