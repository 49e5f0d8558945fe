/**
 * What the board shows, and nothing of how. States are immutable. `visible` is always the tasks of the view that pass
 * the filter, in order; the selection is one of them unless there are none, and lies within the shown window.
 */
import type { ChangeRecord, ConflictRecord, SyncStatus } from '@json-database-sync/client';
import type { TaskFields } from '../task/task-change.js';
import { byDeletion, byUrgency, matches, type TaskFilter } from '../task/task-filter.js';
import type { Task } from '../task/task.js';
import { listRows } from './frame-size.js';
import type { TaskForm } from './task-form.js';
import type { TextField } from './text-field.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Notice {
  readonly kind: 'info' | 'error';
  readonly text: string;
  readonly remedy?: string;
}

export type Overlay =
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'sync'; readonly top: number }
  | { readonly kind: 'details'; readonly id: string; readonly top: number; readonly history: HistoryState }
  | { readonly kind: 'form'; readonly form: TaskForm }
  | { readonly kind: 'filter'; readonly field: TextField; readonly former: TaskFilter }
  | { readonly kind: 'delete'; readonly id: string };

export type HistoryState =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly records: readonly ChangeRecord[] }
  | { readonly state: 'failed'; readonly reason: string };

export interface BoardState {
  readonly database: string;
  readonly server: string;
  readonly size: Size;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly visible: readonly Task[];
  readonly view: 'tasks' | 'trash';
  readonly filter: TaskFilter;
  readonly selectedId: string | undefined;
  readonly top: number;
  readonly overlay: Overlay | undefined;
  readonly notice: Notice | undefined;
  /** Documents that someone else has just changed, and until when (milliseconds) that is worth showing. */
  readonly changed: ReadonlyMap<string, number>;
  readonly wantOnline: boolean;
  readonly status: SyncStatus;
  readonly offlineReason: string | undefined;
  readonly conflicts: readonly ConflictRecord[];
  readonly progress: { readonly received: number; readonly total: number | undefined } | undefined;
}

/** What the outside is asked to do. */
export type Effect =
  | { readonly kind: 'create'; readonly fields: TaskFields & { readonly title: string } }
  | { readonly kind: 'update'; readonly id: string; readonly fields: TaskFields }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'restore'; readonly id: string }
  | { readonly kind: 'undo' | 'redo'; readonly id: string }
  | { readonly kind: 'history'; readonly id: string }
  | { readonly kind: 'dismiss'; readonly conflictIds: readonly string[] }
  | { readonly kind: 'bring-back'; readonly conflictId: string }
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'quit' };

export interface Step {
  readonly state: BoardState;
  readonly effects: readonly Effect[];
}

export interface BoardStart {
  readonly database: string;
  readonly server: string;
  readonly size: Size;
  readonly tasks: readonly Task[];
  readonly status: SyncStatus;
  readonly conflicts: readonly ConflictRecord[];
  readonly wantOnline: boolean;
}

export function initialState(start: BoardStart): BoardState {
  const { tasks, ...rest } = start;
  return arranged({
    ...rest,
    tasks: new Map(tasks.map((task) => [task.id, task])),
    visible: [],
    view: 'tasks',
    filter: {},
    selectedId: undefined,
    top: 0,
    overlay: undefined,
    notice: undefined,
    changed: new Map(),
    offlineReason: undefined,
    progress: undefined,
  });
}

/** After a change of the tasks, the view or the filter. The selection stays on its task, or else at its place. */
export function arranged(state: BoardState): BoardState {
  const trash = state.view === 'trash';
  const visible = [...state.tasks.values()]
    .filter((task) => task.deleted === trash && matches(task, state.filter))
    .sort(trash ? byDeletion : byUrgency);
  const place = Math.max(
    0,
    state.visible.findIndex((task) => task.id === state.selectedId),
  );
  const stays = visible.some((task) => task.id === state.selectedId);
  const selectedId = stays ? state.selectedId : visible[Math.min(place, visible.length - 1)]?.id;
  return inWindow({ ...state, visible, selectedId });
}

/** Moves the window as little as is needed to show the selection, and never past the end. */
export function inWindow(state: BoardState): BoardState {
  const rows = listRows(state.size);
  const index = selectedIndex(state);
  const last = Math.max(0, state.visible.length - rows);
  const top = Math.min(last, Math.max(index - rows + 1, Math.min(state.top, index)));
  return top === state.top ? state : { ...state, top: Math.max(0, top) };
}

export function selectedIndex(state: BoardState): number {
  return Math.max(
    0,
    state.visible.findIndex((task) => task.id === state.selectedId),
  );
}

export function selectedTask(state: BoardState): Task | undefined {
  return state.selectedId === undefined ? undefined : state.tasks.get(state.selectedId);
}
