/** What happens to the board: keys, and news from the client. Pure, so that it can be tried without a terminal. */
import type { ChangeRecord, ConflictRecord, SyncStatus } from '@json-database-sync/client';
import type { Task } from '../task/task.js';
import {
  arranged,
  inWindow,
  type BoardState,
  type HistoryState,
  type Notice,
  type Size,
  type Step,
} from './board-state.js';
import type { Key } from './keys.js';
import { press } from './press.js';

export type BoardEvent =
  | { readonly kind: 'keys'; readonly keys: readonly Key[] }
  | { readonly kind: 'documents'; readonly changes: readonly DocumentChange[]; readonly now: number }
  | { readonly kind: 'status'; readonly status: SyncStatus; readonly conflicts: readonly ConflictRecord[] }
  | { readonly kind: 'connection'; readonly reason: string | undefined; readonly givenUp: boolean }
  | { readonly kind: 'progress'; readonly progress: BoardState['progress'] }
  | { readonly kind: 'history'; readonly id: string; readonly records: readonly ChangeRecord[] }
  | { readonly kind: 'history-failed'; readonly id: string; readonly reason: string }
  | { readonly kind: 'notice'; readonly notice: Notice | undefined }
  | { readonly kind: 'select'; readonly id: string }
  | { readonly kind: 'resize'; readonly size: Size }
  | { readonly kind: 'time'; readonly now: number };

export interface DocumentChange {
  readonly id: string;
  /** undefined: it is gone from this database. */
  readonly task: Task | undefined;
  readonly origin: 'local' | 'remote';
}

/** How long a change by someone else is highlighted. */
export const HIGHLIGHT_MS = 3_000;

export function reduce(state: BoardState, event: BoardEvent): Step {
  if (event.kind !== 'keys') return { state: learn(state, event), effects: [] };
  let step: Step = { state, effects: [] };
  for (const key of event.keys) {
    const next = press(step.state, key);
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function learn(state: BoardState, event: Exclude<BoardEvent, { kind: 'keys' }>): BoardState {
  switch (event.kind) {
    case 'documents':
      return withDocuments(state, event.changes, event.now);
    case 'status':
      return { ...state, status: event.status, conflicts: event.conflicts };
    case 'connection':
      // A client that was turned away does not try again by itself: the next `o` does.
      return { ...state, offlineReason: event.reason, wantOnline: state.wantOnline && !event.givenUp };
    case 'progress':
      return { ...state, progress: event.progress };
    case 'history':
      return withHistory(state, event.id, { state: 'loaded', records: event.records });
    case 'history-failed':
      return withHistory(state, event.id, { state: 'failed', reason: event.reason });
    case 'notice':
      return { ...state, notice: event.notice };
    case 'select':
      return state.visible.some((task) => task.id === event.id) ? inWindow({ ...state, selectedId: event.id }) : state;
    case 'resize':
      return inWindow({ ...state, size: event.size });
    case 'time':
      return withoutOldHighlights(state, event.now);
  }
}

function withDocuments(state: BoardState, changes: readonly DocumentChange[], now: number): BoardState {
  const tasks = new Map(state.tasks);
  const changed = new Map(state.changed);
  // The first sync brings everything: nothing of it is news.
  const news = state.status.lastSyncAt !== null;
  for (const { id, task, origin } of changes) {
    if (task) tasks.set(id, task);
    else tasks.delete(id);
    if (origin === 'remote' && news) changed.set(id, now + HIGHLIGHT_MS);
  }
  return arranged({ ...state, tasks, changed });
}

function withHistory(state: BoardState, id: string, history: HistoryState): BoardState {
  const { overlay } = state;
  if (overlay?.kind !== 'details' || overlay.id !== id) return state;
  return { ...state, overlay: { ...overlay, history } };
}

function withoutOldHighlights(state: BoardState, now: number): BoardState {
  const changed = new Map([...state.changed].filter(([, until]) => until > now));
  return changed.size === state.changed.size ? state : { ...state, changed };
}
