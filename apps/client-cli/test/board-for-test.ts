/** A board without a terminal: keys go in, states and effects come out. */
import type { SyncStatus } from '@json-database-sync/client';
import { initialState, type BoardStart, type BoardState, type Effect } from '../src/board/board-state.js';
import { keysFrom, type Key, type SpecialKey } from '../src/board/keys.js';
import { reduce, type BoardEvent } from '../src/board/reduce.js';
import { frame } from '../src/board/view/frame.js';
import { textOf } from '../src/text/line.js';

export function makeStatus(parts: Partial<SyncStatus> = {}): SyncStatus {
  return {
    connection: 'online',
    url: 'ws://localhost:8080/ws',
    userId: '550e8400-e29b-41d4-a716-446655440000',
    clientId: '019f0000-0000-7000-8000-0000000c11e7',
    pending: 0,
    cursor: 7,
    serverSequence: 7,
    caughtUp: true,
    lastSyncAt: '2026-01-01T00:00:00.000Z',
    verifiedSequence: 7,
    verifiedAt: '2026-01-01T00:00:00.000Z',
    repairedDocuments: 0,
    repairedAt: null,
    documents: 0,
    conflicts: 0,
    lastError: null,
    databasePath: '/home/me/databases/alice.sqlite3',
    ...parts,
  };
}

const TYPED = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
};

export class TestBoard {
  state: BoardState;
  effects: Effect[] = [];

  constructor(start: Partial<BoardStart> = {}) {
    this.state = initialState({
      database: 'alice',
      server: 'ws://localhost:8080/ws',
      size: { columns: 80, rows: 24 },
      tasks: [],
      status: makeStatus(),
      conflicts: [],
      wantOnline: true,
      ...start,
    });
  }

  /** Text is typed; a name in angle brackets is a key: `n`, `<enter>`. */
  press(...inputs: string[]): this {
    return this.on({ kind: 'keys', keys: inputs.flatMap(keysOf) });
  }

  on(event: BoardEvent): this {
    const { state, effects } = reduce(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    return this;
  }

  get lines(): string[] {
    return frame(this.state).map(textOf);
  }

  get screen(): string {
    return this.lines.map((line) => line.trimEnd()).join('\n');
  }

  get selectedTitle(): string | undefined {
    return this.state.visible.find((task) => task.id === this.state.selectedId)?.title;
  }
}

function keysOf(input: string): Key[] {
  const [, name] = /^<([a-z]+)>$/.exec(input) ?? [];
  if (name === undefined) return keysFrom(input, TYPED);
  if (name.startsWith('ctrl')) return [{ kind: 'control', letter: name.slice(4) }];
  return [{ kind: 'special', name: name as SpecialKey }];
}
