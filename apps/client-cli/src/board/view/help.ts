/** The keys, for the help page. */
import { SYNC_LOOK, STATUS_LOOK } from '../../output/task-row.js';
import { span, type Line } from '../../text/line.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓  k j', 'move; PgUp PgDn Home End, g G'],
  ['Enter', 'details and history'],
  ['n', 'new task'],
  ['e', 'edit'],
  ['space x', 'done, or not done'],
  ['d', 'delete (to the trash)'],
  ['t', 'trash, and back'],
  ['u', 'in the trash: bring back'],
  ['z Z', 'undo your last change to it, redo'],
  ['f /', 'filter: words, #tag, status:pending, priority:high'],
  ['Esc', 'close, or clear the filter'],
  ['s', 'sync status and conflicts'],
  ['o', 'go offline, or online'],
  ['b', 'in details: bring back a change that was lost'],
  ['c', 'in details and sync status: dismiss lost changes'],
  ['?', 'this help'],
  ['q', 'quit (also Ctrl-C)'],
];

const FORM_KEYS: readonly (readonly [string, string])[] = [
  ['Tab ↑ ↓', 'next field, field before'],
  ['← →', 'move in a text, or choose'],
  ['Alt-Enter', 'a line break in the description'],
  ['Enter', 'save'],
  ['Esc', 'leave without saving'],
];

export function helpLines(): Line[] {
  return [
    [span('Keys', { bold: true })],
    ...KEYS.map(keyLine),
    [span('')],
    [span('In a form', { bold: true })],
    ...FORM_KEYS.map(keyLine),
    [span('')],
    [span('Signs', { bold: true })],
    ...[...Object.values(STATUS_LOOK), ...Object.values(SYNC_LOOK)].map(({ icon, label, tone }): Line => [
      span(icon.padEnd(12), { tone }),
      span(label),
    ]),
    [span('▫'.padEnd(12)), span('a document that is no task')],
  ];
}

function keyLine([keys, what]: readonly [string, string]): Line {
  return [span(keys.padEnd(12), { tone: 'cyan' }), span(what)];
}
