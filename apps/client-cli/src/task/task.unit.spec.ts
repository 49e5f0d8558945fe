import type { JsonValue } from '@json-database-sync/domain';
import { makeDocument, makeTask } from '../../test/make-document.js';
import { newTask, parseTags, taskMerge, toggledStatus } from './task-change.js';
import { taskOf } from './task.js';

describe('a document seen as a task', () => {
  it('has the fields of its content and the title of the document', () => {
    const content = {
      title: 'Task title',
      description: 'More',
      status: 'in_progress',
      priority: 'high',
      tags: ['work', 'important'],
      due: '2026-12-31',
    };
    expect(taskOf(makeDocument({ title: 'My Document', content }))).toMatchObject({
      kind: 'task',
      title: 'My Document',
      description: 'More',
      status: 'in_progress',
      priority: 'high',
      tags: ['work', 'important'],
      due: '2026-12-31',
    });
  });

  it('takes the title of the content where the document has none', () => {
    expect(makeTask({ title: 'Inside' }, { title: '' }).title).toBe('Inside');
  });

  it('reads around what is of the wrong type', () => {
    const task = makeTask({ description: 5, priority: 'urgent', tags: ['a', 1, null, 'b'], due: {} });
    expect(task).toMatchObject({ kind: 'task', description: null, priority: 'medium', tags: ['a', 'b'], due: null });
    expect(makeTask({ tags: 'work' }).tags).toEqual([]);
  });

  it.each<[string, JsonValue]>([
    ['null', null],
    ['a number', 7],
    ['an array', ['pending']],
    ['an object without a status', { text: 'Hello' }],
    ['an unknown status', { status: 'blocked' }],
    ['a status of another type', { status: ['pending'] }],
    ['a status in the prototype only', JSON.parse('{"__proto__": {"status": "pending"}}') as JsonValue],
  ])('is a plain document when its content is %s', (_what, content) => {
    expect(taskOf(makeDocument({ content }))).toMatchObject({ kind: 'document', status: null, tags: [] });
  });

  it('shows a conflict before a pending change', () => {
    expect(makeTask({}, { pending: true }).sync).toBe('pending');
    expect(makeTask({}, { pending: true, conflicted: true }).sync).toBe('conflict');
    expect(makeTask().sync).toBe('synced');
  });
});

describe('changes of tasks', () => {
  it('begin with a whole task', () => {
    expect(newTask({ title: 'New', tags: ['a', ' a ', ''] })).toEqual({
      title: 'New',
      content: { title: 'New', description: '', status: 'pending', priority: 'medium', tags: ['a'] },
    });
    expect(newTask({ title: 'New', due: '2026-12-31' }).content['due']).toBe('2026-12-31');
    expect(newTask({ title: 'New', due: null }).content).not.toHaveProperty('due');
  });

  it('touch only what is different', () => {
    const task = makeTask({ title: 'Old', priority: 'high', tags: ['a'], due: '2026-01-01' });
    expect(taskMerge(task, { title: 'Old', priority: 'high', tags: ['a'], description: '' })).toBeUndefined();
    expect(taskMerge(task, { title: 'New' })).toEqual({ title: 'New', merge: { title: 'New' } });
    expect(taskMerge(task, { status: 'completed', priority: 'high' })).toEqual({ merge: { status: 'completed' } });
    expect(taskMerge(task, { due: null, tags: [] })).toEqual({ merge: { due: null, tags: [] } });
  });

  it('toggle between done and pending', () => {
    expect(toggledStatus(makeTask({ status: 'completed' }))).toBe('pending');
    expect(toggledStatus(makeTask({ status: 'in_progress' }))).toBe('completed');
  });

  it('read tags as people type them', () => {
    expect(parseTags(' #work, home  home,,#a-b ')).toEqual(['work', 'home', 'a-b']);
  });
});
