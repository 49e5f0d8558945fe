/** The lines around the list: which database, how it stands with the server, what can be done. */
import { CONNECTION_LOOK } from '../../output/status-lines.js';
import { STATUS_LOOK, SYNC_LOOK } from '../../output/task-row.js';
import { filterText, isEmptyFilter } from '../../task/task-filter.js';
import { STATUSES } from '../../task/task.js';
import { span, spread, type Line, type Span } from '../../text/line.js';
import { plainLine } from '../../text/plain-text.js';
import type { BoardState } from '../board-state.js';

const NAME_FROM = 60;

export function headerLine(state: BoardState, width: number): Line {
  const name =
    width >= NAME_FROM ? [span(' JSON Database Sync', { bold: true }), span(' · ', { dim: true })] : [span(' ')];
  const left = [...name, span(state.database, { bold: true, tone: 'cyan' })];
  return spread(left, [...connectionPart(state), span('  '), ...pendingPart(state), span(' ')], width);
}

function connectionPart(state: BoardState): Span[] {
  const { connection } = state.status;
  const look = CONNECTION_LOOK[connection];
  const text = connection === 'offline' && state.wantOnline ? 'offline, retrying' : connection;
  return [span(`${look.icon} ${text}`, { tone: look.tone })];
}

function pendingPart({ status }: BoardState): Span[] {
  const lost =
    status.conflicts > 0
      ? [span(`  ${SYNC_LOOK.conflict.icon} ${status.conflicts}`, { tone: SYNC_LOOK.conflict.tone })]
      : [];
  if (status.pending > 0) return [span(`↑ ${status.pending} pending`, { tone: 'yellow' }), ...lost];
  if (status.caughtUp) {
    const verified = status.verifiedSequence === status.cursor ? [span(' verified', { dim: true })] : [];
    return [span('✓ synced', { tone: 'green' }), ...verified, ...lost];
  }
  if (status.connection === 'online') return [span('↻ syncing', { tone: 'yellow' }), ...lost];
  return [span('0 pending', { dim: true }), ...lost];
}

export function summaryLine(state: BoardState, width: number): Line {
  const filter = isEmptyFilter(state.filter)
    ? []
    : [span(`filter: ${plainLine(filterText(state.filter))} `, { tone: 'magenta' })];
  if (state.view === 'trash') {
    return spread([span(' Trash ', { tone: 'red', bold: true }), span(String(state.visible.length))], filter, width);
  }
  const counts = STATUSES.map((status) => {
    const count = state.visible.filter((task) => task.status === status).length;
    return span(`  ${STATUS_LOOK[status].icon} ${count}`, { tone: STATUS_LOOK[status].tone });
  });
  return spread([span(' Tasks '), span(String(state.visible.length), { bold: true }), ...counts], filter, width);
}

export function keysLine(state: BoardState): Line {
  return HINTS[state.overlay?.kind ?? state.view].flatMap(([key, what]) => [
    span(` ${key}`, { tone: 'cyan' }),
    span(` ${what} `, { dim: true }),
  ]);
}

const HINTS: Record<
  NonNullable<BoardState['overlay']>['kind'] | BoardState['view'],
  readonly (readonly [string, string])[]
> = {
  tasks: [
    ['?', 'help'],
    ['n', 'new'],
    ['e', 'edit'],
    ['x', 'done'],
    ['d', 'delete'],
    ['t', 'trash'],
    ['f', 'filter'],
    ['s', 'sync'],
    ['o', 'offline'],
    ['q', 'quit'],
  ],
  trash: [
    ['u', 'bring back'],
    ['t', 'back to the tasks'],
    ['Enter', 'details'],
    ['q', 'quit'],
  ],
  form: [
    ['Enter', 'save'],
    ['Tab', 'next field'],
    ['← →', 'choose'],
    ['Esc', 'cancel'],
  ],
  filter: [
    ['Enter', 'keep'],
    ['Esc', 'cancel'],
    ['', 'words, #tag, status:pending, priority:high'],
  ],
  delete: [
    ['y', 'delete'],
    ['n', 'keep'],
  ],
  details: [
    ['Esc', 'back'],
    ['e', 'edit'],
    ['x', 'done'],
    ['j k', 'scroll'],
  ],
  sync: [
    ['Esc', 'back'],
    ['o', 'offline/online'],
    ['c', 'dismiss conflicts'],
  ],
  help: [['Esc', 'back']],
};
