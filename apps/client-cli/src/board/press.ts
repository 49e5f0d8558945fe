/** What each key does, on the list and in whatever is open above it. */
import type { Task } from '../task/task.js';
import { parseFilter, filterText, isEmptyFilter } from '../task/task-filter.js';
import { toggledStatus, type TaskFields } from '../task/task-change.js';
import {
  arranged,
  inWindow,
  selectedIndex,
  selectedTask,
  type BoardState,
  type Effect,
  type Overlay,
  type Step,
} from './board-state.js';
import { listRows } from './frame-size.js';
import type { Key } from './keys.js';
import { pageLines } from './view/page.js';
import { editTaskForm, newTaskForm, pressInForm } from './task-form.js';
import { editText, fieldText, textField } from './text-field.js';

const FILTER_OPTIONS = { maxCharacters: 200 };

export function press(state: BoardState, key: Key): Step {
  if (key.kind === 'control' && key.letter === 'c') return { state, effects: [{ kind: 'quit' }] };
  const { overlay } = state;
  switch (overlay?.kind) {
    case undefined:
      // What was said is read by the time that the next key comes.
      return onList({ ...state, notice: undefined }, key);
    case 'form':
      return onForm(state, overlay, key);
    case 'filter':
      return stay(onFilter(state, overlay, key));
    case 'delete':
      return onDelete(state, overlay, key);
    case 'details':
      return onDetails(state, overlay, key);
    case 'sync':
      if (isText(key, 'c') && state.conflicts.length > 0) {
        return { state, effects: [{ kind: 'dismiss', conflictIds: state.conflicts.map((each) => each.id) }] };
      }
      return onPage(state, overlay, key);
    case 'help':
      return onPage(state, overlay, key);
  }
}

function onList(state: BoardState, key: Key): Step {
  const movement = movementOf(key, listRows(state.size));
  if (movement !== undefined) return stay(moved(state, movement));
  if (key.kind === 'special') {
    if (key.name === 'enter') return openDetails(state);
    if (key.name === 'escape')
      return stay(isEmptyFilter(state.filter) ? inView(state, 'tasks') : arranged({ ...state, filter: {} }));
    return stay(state);
  }
  return key.kind === 'text' ? onLetter(state, key.text) : stay(state);
}

function onLetter(state: BoardState, letter: string): Step {
  const task = selectedTask(state);
  switch (letter) {
    case 'q':
      return { state, effects: [{ kind: 'quit' }] };
    case 'n':
      return stay(open(inView(state, 'tasks'), { kind: 'form', form: newTaskForm() }));
    case 'e':
      return openEditForm(state, task);
    case ' ':
    case 'x':
      return toggle(state, task);
    case 'd':
      if (!task || task.deleted) return stay(state);
      return stay(open(state, { kind: 'delete', id: task.id }));
    case 'u':
      if (!task?.deleted)
        return stay(said(state, 'What has been deleted is in the trash: t shows it, u there brings it back.'));
      return { state, effects: [{ kind: 'restore', id: task.id }] };
    case 'z':
    case 'Z':
      return task ? { state, effects: [undoing(task, letter)] } : stay(state);
    case 't':
      return stay(inView(state, state.view === 'trash' ? 'tasks' : 'trash'));
    case 's':
      return stay(open(state, { kind: 'sync', top: 0 }));
    case 'o':
      return {
        state: { ...state, wantOnline: !state.wantOnline },
        effects: [{ kind: state.wantOnline ? 'disconnect' : 'connect' }],
      };
    case 'f':
    case '/':
      return stay(open(state, { kind: 'filter', field: textField(filterText(state.filter)), former: state.filter }));
    case '?':
    case 'h':
      return stay(open(state, { kind: 'help', top: 0 }));
    default:
      return stay(state);
  }
}

function onForm(state: BoardState, overlay: Extract<Overlay, { kind: 'form' }>, key: Key): Step {
  const result = pressInForm(overlay.form, key);
  if (result.kind === 'open') return stay(open(state, { kind: 'form', form: result.form }));
  const closed: BoardState = { ...state, overlay: undefined };
  if (result.kind === 'cancelled') return stay(closed);
  return { state: closed, effects: savingEffects(overlay.form.id, result.fields) };
}

function savingEffects(id: string | undefined, fields: TaskFields): Effect[] {
  if (id !== undefined) return Object.keys(fields).length === 0 ? [] : [{ kind: 'update', id, fields }];
  const { title } = fields;
  return title === undefined ? [] : [{ kind: 'create', fields: { ...fields, title } }];
}

/** The list follows what is typed; Escape brings the former filter back. */
function onFilter(state: BoardState, overlay: Extract<Overlay, { kind: 'filter' }>, key: Key): BoardState {
  if (key.kind === 'special') {
    if (key.name === 'enter') return { ...state, overlay: undefined };
    if (key.name === 'escape') return arranged({ ...state, overlay: undefined, filter: overlay.former });
    if (key.name === 'up' || key.name === 'down') return moved(state, key.name === 'up' ? -1 : 1);
  }
  const field = editText(overlay.field, key, FILTER_OPTIONS);
  if (!field) return state;
  return arranged({ ...state, overlay: { ...overlay, field }, filter: parseFilter(fieldText(field)) });
}

function onDelete(state: BoardState, overlay: Extract<Overlay, { kind: 'delete' }>, key: Key): Step {
  const closed: BoardState = { ...state, overlay: undefined };
  const yes = isText(key, 'y') || isText(key, 'd') || (key.kind === 'special' && key.name === 'enter');
  if (yes) return { state: closed, effects: [{ kind: 'delete', id: overlay.id }] };
  const no = isText(key, 'n') || isText(key, 'q') || (key.kind === 'special' && key.name === 'escape');
  return stay(no ? closed : state);
}

function onDetails(state: BoardState, overlay: Extract<Overlay, { kind: 'details' }>, key: Key): Step {
  // Not the selection: it moves on when someone else deletes the task that is being looked at.
  const task = state.tasks.get(overlay.id);
  if (isText(key, 'e')) return openEditForm(state, task);
  if (isText(key, ' ') || isText(key, 'x')) return toggle(state, task);
  if (task && key.kind === 'text' && (key.text === 'z' || key.text === 'Z')) {
    return { state, effects: [undoing(task, key.text)] };
  }
  const conflictIds = state.conflicts.filter((each) => each.documentId === overlay.id).map((each) => each.id);
  if (isText(key, 'b')) {
    const [conflictId] = conflictIds;
    if (conflictId === undefined) return stay(said(state, 'No change to it has been lost.'));
    return { state, effects: [{ kind: 'bring-back', conflictId }] };
  }
  if (isText(key, 'c')) {
    return { state, effects: conflictIds.length > 0 ? [{ kind: 'dismiss', conflictIds }] : [] };
  }
  return onPage(state, overlay, key);
}

/** Something to read: it scrolls and it closes. */
function onPage(state: BoardState, overlay: Extract<Overlay, { top: number }>, key: Key): Step {
  const movement = movementOf(key, listRows(state.size));
  if (movement !== undefined) {
    const last = Math.max(0, pageLines(state, overlay).length - listRows(state.size));
    const top = Math.max(0, Math.min(last, overlay.top + movement));
    return stay(open(state, { ...overlay, top }));
  }
  const closes = key.kind === 'special' && (key.name === 'escape' || key.name === 'enter');
  const letters = { help: ['q', '?', 'h'], sync: ['q', 's'], details: ['q'] }[overlay.kind];
  const closing = closes || (key.kind === 'text' && letters.includes(key.text));
  if (isText(key, 'o') && overlay.kind === 'sync') return onLetter(state, 'o');
  return stay(closing ? { ...state, overlay: undefined } : state);
}

function movementOf(key: Key, page: number): number | undefined {
  if (key.kind === 'text') return { j: 1, k: -1, g: -Infinity, G: Infinity }[key.text];
  if (key.kind === 'control') return { d: page, u: -page, n: 1, p: -1, f: page, b: -page }[key.letter];
  switch (key.name) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'pageup':
      return -page;
    case 'pagedown':
      return page;
    case 'home':
      return -Infinity;
    case 'end':
      return Infinity;
    default:
      return undefined;
  }
}

function moved(state: BoardState, by: number): BoardState {
  const index = Math.max(0, Math.min(state.visible.length - 1, selectedIndex(state) + by));
  return inWindow({ ...state, selectedId: state.visible[index]?.id });
}

function toggle(state: BoardState, task: Task | undefined): Step {
  if (!task || task.deleted) return stay(state);
  if (task.kind !== 'task') return stay(said(state, 'This document is no task: it has no status. e makes it one.'));
  return { state, effects: [{ kind: 'update', id: task.id, fields: { status: toggledStatus(task) } }] };
}

function undoing({ id }: Task, letter: 'z' | 'Z'): Effect {
  return { kind: letter === 'z' ? 'undo' : 'redo', id };
}

function openDetails(state: BoardState): Step {
  const task = selectedTask(state);
  if (!task) return stay(state);
  const details: Overlay = { kind: 'details', id: task.id, top: 0, history: { state: 'loading' } };
  return { state: open(state, details), effects: [{ kind: 'history', id: task.id }] };
}

function openEditForm(state: BoardState, task: Task | undefined): Step {
  if (!task) return stay(state);
  if (task.deleted) return stay(said(state, 'It has been deleted: u brings it back, then it can be edited.'));
  return stay(open(state, { kind: 'form', form: editTaskForm(task) }));
}

function inView(state: BoardState, view: BoardState['view']): BoardState {
  return state.view === view ? state : arranged({ ...state, view, selectedId: undefined, top: 0 });
}

function open(state: BoardState, overlay: Overlay): BoardState {
  return { ...state, overlay };
}

function said(state: BoardState, text: string): BoardState {
  return { ...state, notice: { kind: 'info', text } };
}

function stay(state: BoardState): Step {
  return { state, effects: [] };
}

function isText(key: Key, text: string): boolean {
  return key.kind === 'text' && key.text === text;
}
