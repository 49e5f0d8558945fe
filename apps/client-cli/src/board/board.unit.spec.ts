import type { ConflictRecord } from '@json-database-sync/client';
import { makeTask } from '../../test/make-document.js';
import { TestBoard, makeStatus } from '../../test/board-for-test.js';
import { cellsOf } from '../text/cells.js';
import type { Task } from '../task/task.js';

function three(): Task[] {
  return [
    makeTask({ title: 'Alpha', priority: 'high', tags: ['work'] }),
    makeTask({ title: 'Beta', status: 'in_progress' }),
    makeTask({ title: 'Gamma', status: 'completed' }),
  ];
}

const many = (count: number): Task[] =>
  Array.from({ length: count }, (_, n) => makeTask({ title: `Task ${String(n).padStart(4, '0')}` }));

function idOf(board: TestBoard, title: string): string {
  const task = [...board.state.tasks.values()].find((each) => each.title === title);
  if (!task) throw new Error(`no ${title}`);
  return task.id;
}

describe('moving', () => {
  it('goes up and down, and stops at the ends', () => {
    const board = new TestBoard({ tasks: three() });
    expect(board.selectedTitle).toBe('Beta');
    expect(board.press('j').selectedTitle).toBe('Alpha');
    expect(board.press('<down>', '<down>', 'jjj').selectedTitle).toBe('Gamma');
    expect(board.press('k', '<up>', 'kk').selectedTitle).toBe('Beta');
    expect(board.press('G').selectedTitle).toBe('Gamma');
    expect(board.press('<home>').selectedTitle).toBe('Beta');
  });

  it('keeps the selection in the window', () => {
    const board = new TestBoard({ tasks: many(100) });
    for (const key of [
      '<pagedown>',
      'j',
      '<end>',
      'k',
      '<pageup>',
      'g',
      'jjjjjjjjjjjjjjjjjjjjjjjjj',
      'kkkkkkkkkkkkkkkkkkkk',
    ]) {
      board.press(key);
      expect(board.screen).toMatch(new RegExp(`^› .*${board.selectedTitle}`, 'm'));
    }
    expect(board.press('G').lines.filter((line) => line.includes('Task')).length).toBe(18);
  });

  it('stays on its task when the list changes, and at its place when the task goes', () => {
    const board = new TestBoard({ tasks: three() }).press('j');
    const alpha = makeTask({ title: 'Alpha', status: 'completed' }, { id: idOf(board, 'Alpha') });
    board.on({ kind: 'documents', changes: [{ id: alpha.id, task: alpha, origin: 'remote' }], now: 0 });
    expect(board.selectedTitle).toBe('Alpha');
    const gone = makeTask({ title: 'Alpha' }, { id: alpha.id, deletedAt: '2026-01-01T00:00:00.000Z' });
    board.on({ kind: 'documents', changes: [{ id: gone.id, task: gone, origin: 'remote' }], now: 0 });
    expect(board.selectedTitle).toBe('Gamma');
  });
});

describe('changing tasks', () => {
  it('toggles', () => {
    const board = new TestBoard({ tasks: three() }).press(' ', 'G', 'x');
    expect(board.effects).toEqual([
      { kind: 'update', id: idOf(board, 'Beta'), fields: { status: 'completed' } },
      { kind: 'update', id: idOf(board, 'Gamma'), fields: { status: 'pending' } },
    ]);
  });

  it('makes a new one', () => {
    const board = new TestBoard().press(
      'n',
      'Buy milk',
      '<tab>',
      '2 l',
      '<tab>',
      '<right>',
      '<tab>',
      '#home, shop',
      '<enter>',
    );
    expect(board.effects).toEqual([
      { kind: 'create', fields: { title: 'Buy milk', description: '2 l', priority: 'high', tags: ['home', 'shop'] } },
    ]);
    expect(board.state.overlay).toBeUndefined();
  });

  it('wants a title and a real date', () => {
    const board = new TestBoard().press('n', '<enter>');
    expect(board.screen).toContain('A task needs a title.');
    board.press('X', '<up>', '<up>', '2026-02-31', '<enter>');
    expect(board.screen).toContain('The due date is written like 2026-12-31.');
    board.press('<ctrlu>', '2026-02-28', '<enter>');
    expect(board.effects).toEqual([{ kind: 'create', fields: { title: 'X', due: '2026-02-28' } }]);
  });

  it('writes only what was edited, so that what others change in the meantime stays', () => {
    const board = new TestBoard({ tasks: three() }).press('j', 'e', '!');
    const beta = makeTask({ title: 'Alpha', priority: 'low' }, { id: idOf(board, 'Alpha') });
    board.on({ kind: 'documents', changes: [{ id: beta.id, task: beta, origin: 'remote' }], now: 0 });
    board.press('<enter>');
    expect(board.effects).toEqual([{ kind: 'update', id: beta.id, fields: { title: 'Alpha!' } }]);
  });

  it('writes nothing when nothing was edited, or the form was left', () => {
    const board = new TestBoard({ tasks: three() }).press(
      'e',
      '<enter>',
      'e',
      'xyz',
      '<escape>',
      'n',
      'abc',
      '<escape>',
    );
    expect(board.effects).toEqual([]);
  });

  it('deletes only when that is confirmed', () => {
    const board = new TestBoard({ tasks: three() }).press('d');
    expect(board.screen).toContain('Delete "Beta"? y yes  n no');
    board.press('j', 'n', 'd', '<escape>');
    expect(board.effects).toEqual([]);
    expect(board.press('d', 'y').effects).toEqual([{ kind: 'delete', id: idOf(board, 'Beta') }]);
  });

  it('brings back from the trash', () => {
    const tasks = [...three(), makeTask({ title: 'Old' }, { deletedAt: '2026-01-01T00:00:00.000Z' })];
    const board = new TestBoard({ tasks });
    expect(board.press('u').effects).toEqual([]);
    expect(board.press('t').screen).toContain('Trash 1');
    expect(board.selectedTitle).toBe('Old');
    expect(board.press('x', 'd', 'e', 'u').effects).toEqual([{ kind: 'restore', id: idOf(board, 'Old') }]);
    expect(board.press('t').selectedTitle).toBe('Beta');
  });

  it('undoes and redoes the last change of the selected task, from the list and the details', () => {
    const board = new TestBoard({ tasks: three() });
    const id = idOf(board, 'Beta');
    expect(board.press('z', 'Z').effects).toEqual([
      { kind: 'undo', id },
      { kind: 'redo', id },
    ]);
    expect(board.press('<enter>', 'z').effects).toContainEqual({ kind: 'undo', id });
    expect(new TestBoard().press('z', 'Z').effects).toEqual([]);
  });

  it('acts on what the details show, even when that has gone from the list', () => {
    const board = new TestBoard({ tasks: three() }).press('<enter>');
    const id = idOf(board, 'Beta');
    const gone = makeTask({ title: 'Beta' }, { id, deletedAt: '2026-01-01T00:00:00.000Z' });
    board.on({ kind: 'documents', changes: [{ id, task: gone, origin: 'remote' }], now: 0 });
    expect(board.press('x', 'e').effects).toEqual([{ kind: 'history', id }]);
    expect(board.state.overlay?.kind).toBe('details');
  });
});

describe('looking', () => {
  it('filters while one types, and goes back on Escape', () => {
    const board = new TestBoard({ tasks: three() }).press('f', 'alp');
    expect(board.state.visible.map((task) => task.title)).toEqual(['Alpha']);
    expect(board.screen).toContain('filter: alp');
    board.press('<escape>');
    expect(board.state.visible).toHaveLength(3);
    board.press('/', '#work', '<enter>');
    expect(board.screen).toContain('filter: #work');
    expect(board.press('f', ' nothing', '<enter>').screen).toContain('Nothing passes the filter');
    expect(board.press('<escape>').state.visible).toHaveLength(3);
  });

  it('shows everything about a task, and its history when that has come', () => {
    const tasks = [makeTask({ title: 'Alpha', description: 'two\nlines', extra: { a: 1 } }, { version: 3 })];
    const board = new TestBoard({ tasks }).press('<enter>');
    const id = idOf(board, 'Alpha');
    expect(board.effects).toEqual([{ kind: 'history', id }]);
    board.on({
      kind: 'history',
      id,
      records: [
        {
          sequence: 3,
          version: 3,
          type: 'update',
          userId: '550e8400-e29b-41d4-a716-446655440000',
          clientId: '019f0000-0000-7000-8000-0000000c11e7',
          local: false,
          createdAt: '2026-01-01T00:00:00.000Z',
          title: null,
          patch: [{ op: 'replace', path: '/description', value: 'evil \u001b[2J' }],
          mutationId: '019f0000-0000-7000-8000-000000000001',
          cause: null,
        },
      ],
    });
    for (const shown of [
      'two',
      'lines',
      'extra',
      '{"a":1}',
      id,
      '1-0123456789abcdef',
      'v3',
      'update',
      'replace /description',
    ]) {
      expect(board.screen).toContain(shown);
    }
    expect(board.screen).not.toContain('\u001b');
    expect(board.press('<escape>').state.overlay).toBeUndefined();
  });

  it('shows what others change for a while', () => {
    const board = new TestBoard({ tasks: three() });
    const alpha = makeTask({ title: 'Alpha, renamed', priority: 'high' }, { id: idOf(board, 'Alpha') });
    board.on({ kind: 'documents', changes: [{ id: alpha.id, task: alpha, origin: 'remote' }], now: 1_000 });
    expect(board.screen).toMatch(/^\* .*Alpha, renamed/m);
    expect(board.on({ kind: 'time', now: 3_999 }).screen).toMatch(/^\* .*Alpha, renamed/m);
    expect(board.on({ kind: 'time', now: 4_000 }).screen).toMatch(/^ {2}.*Alpha, renamed/m);
    board.on({ kind: 'documents', changes: [{ id: alpha.id, task: alpha, origin: 'local' }], now: 5_000 });
    expect(board.screen).not.toMatch(/^\*/m);
  });

  it('takes the first sync for no news', () => {
    const board = new TestBoard({ status: makeStatus({ lastSyncAt: null }) });
    const task = makeTask({ title: 'Alpha' });
    board.on({ kind: 'documents', changes: [{ id: task.id, task, origin: 'remote' }], now: 0 });
    expect(board.screen).toContain('Alpha');
    expect(board.screen).not.toMatch(/^\*/m);
  });

  it('does not say that it retries when the server has turned it away', () => {
    const board = new TestBoard({ status: makeStatus({ connection: 'offline' }) });
    board.on({ kind: 'connection', reason: 'no such token', givenUp: true });
    expect(board.screen).not.toContain('retrying');
    expect(board.press('s').screen).toContain('no such token');
    expect(board.press('o').effects).toEqual([{ kind: 'connect' }]);
  });

  it('says how it stands with the server', () => {
    const board = new TestBoard({
      status: makeStatus({ connection: 'offline', pending: 3, caughtUp: false, conflicts: 1 }),
    });
    expect(board.screen).toMatch(/alice .*offline, retrying .*↑ 3 pending.*⚠ 1/);
    expect(board.press('o').effects).toEqual([{ kind: 'disconnect' }]);
    expect(board.screen).not.toContain('retrying');
    expect(board.press('o').effects.at(-1)).toEqual({ kind: 'connect' });
    expect(board.press('s').screen).toMatch(/database +\/home\/me/);
  });

  it('brings back or dismisses what was lost of the task that is looked at', () => {
    const task = makeTask({ title: 'Alpha' });
    const lost: ConflictRecord = {
      id: '0190d0aa-0000-7000-8000-00000000c001',
      mutationId: '0190d0aa-0000-7000-8000-00000000c002' as ConflictRecord['mutationId'],
      documentId: task.document.id as ConflictRecord['documentId'],
      reason: 'others had changed the same parts of the document',
      error: null,
      change: { kind: 'update', patch: [] },
      baseVersion: 1,
      serverVersion: 2,
      dropped: [],
      droppedTitle: 'Beta',
      madeAt: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      dismissedAt: null,
      appliedAt: null,
    };
    const details = new TestBoard({ tasks: [task], conflicts: [lost] }).press('<enter>');
    expect(details.press('b').effects.at(-1)).toEqual({ kind: 'bring-back', conflictId: lost.id });
    expect(details.press('c').effects.at(-1)).toEqual({ kind: 'dismiss', conflictIds: [lost.id] });
    const nothing = new TestBoard({ tasks: [task] }).press('<enter>', 'b');
    expect(nothing.effects.map(({ kind }) => kind)).toEqual(['history']);
  });

  it('tells errors with their remedy until the next key', () => {
    const board = new TestBoard({ tasks: three() });
    board.on({
      kind: 'notice',
      notice: { kind: 'error', text: 'storage_failed: full', remedy: 'Check the disk space.' },
    });
    expect(board.screen).toContain('storage_failed: full. Check the disk space.');
    expect(board.press('j').screen).not.toContain('storage_failed');
  });

  it('shows the progress of a long sync', () => {
    const board = new TestBoard().on({ kind: 'progress', progress: { received: 50, total: 100 } });
    expect(board.screen).toContain('50% 50/100');
  });

  it('quits on q and, wherever it is, on Ctrl-C', () => {
    for (const keys of [
      ['q'],
      ['<ctrlc>'],
      ['n', 'q', '<ctrlc>'],
      ['f', '<ctrlc>'],
      ['d', '<ctrlc>'],
      ['?', '<ctrlc>'],
    ]) {
      expect(new TestBoard({ tasks: three() }).press(...keys).effects).toEqual([{ kind: 'quit' }]);
    }
  });
});

describe('the picture', () => {
  const opened: string[][] = [
    [],
    ['<enter>'],
    ['n', 'a text 日本語'],
    ['e'],
    ['d'],
    ['f', 'a'],
    ['s'],
    ['?'],
    ['?', 'G'],
    ['t'],
  ];

  it.each(opened.map((keys) => [keys.join(' '), keys] as const))('fits every terminal after "%s"', (_name, keys) => {
    const tasks = [
      ...three(),
      ...many(30),
      makeTask({ title: '日本語のタスク 🎉👩‍👩‍👧 '.repeat(9), tags: ['長い', '🎉'] }),
    ];
    for (const columns of [1, 2, 5, 10, 17, 24, 40, 60, 80, 132, 250]) {
      for (const rows of [1, 2, 4, 9, 10, 24, 60]) {
        const board = new TestBoard({ tasks, size: { columns, rows } }).press(...keys);
        const { lines } = board;
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(cellsOf(line)).toBe(Math.max(1, columns - 1));
      }
    }
  });

  it('follows the terminal when that is resized', () => {
    const board = new TestBoard({ tasks: many(100) }).press('G');
    board.on({ kind: 'resize', size: { columns: 40, rows: 12 } });
    expect(board.lines).toHaveLength(11);
    expect(board.screen).toMatch(/^› .*Task 0099/m);
    board.on({ kind: 'resize', size: { columns: 100, rows: 50 } });
    expect(board.lines.filter((line) => line.includes('Task 00'))).toHaveLength(43);
  });

  it('looks like this', () => {
    const tasks = [
      makeTask(
        { title: 'Write the report', status: 'in_progress', priority: 'high', tags: ['work'] },
        { pending: true },
      ),
      makeTask({ title: 'Buy milk', due: '2026-12-31', tags: ['home', 'shop'] }),
      makeTask({ title: 'Call Ada', status: 'completed', priority: 'low' }, { conflicted: true }),
    ];
    const board = new TestBoard({ tasks, size: { columns: 80, rows: 11 }, status: makeStatus({ pending: 1 }) });
    expect(board.screen).toBe(
      [
        ' JSON Database Sync · alice                              ● online  ↑ 1 pending',
        ' Tasks 3  ○ 1  ◐ 1  ● 1',
        '─'.repeat(79),
        '› ◐ high   Write the report                            #work                  ↑',
        '  ○ medium Buy milk                                    #home #shop 2026-12-31 ✓',
        '  ● low    Call Ada                                                           ⚠',
        '',
        '─'.repeat(79),
        '',
        ' ? help  n new  e edit  x done  d delete  t trash  f filter  s sync  o offline…',
      ].join('\n'),
    );
  });
});
