/** Everything about one document, line by line, for `show` and for the board's details. */
import type { JsonPatchOperation } from '@json-database-sync/domain';
import type { ChangeCause, ChangeRecord } from '@json-database-sync/client';
import type { Task } from '../task/task.js';
import { plainLine, plainLines, safeJson } from '../text/plain-text.js';
import { span, type Line } from '../text/line.js';
import { PRIORITY_TONE, STATUS_LOOK, SYNC_LOOK, tagsText, titleText } from './task-row.js';
import { timeText } from './time-text.js';

const LABEL_CELLS = 12;

export function detailLines(task: Task): Line[] {
  const { document } = task;
  const lines: Line[] = [[span(titleText(task), { bold: true })]];
  if (task.status) {
    const look = STATUS_LOOK[task.status];
    lines.push(field('status', [span(`${look.icon} ${look.label}`, { tone: look.tone })]));
  }
  if (task.priority) lines.push(field('priority', [span(task.priority, { tone: PRIORITY_TONE[task.priority] })]));
  if (task.tags.length > 0) lines.push(field('tags', [span(tagsText(task), { tone: 'cyan' })]));
  if (task.due !== null) lines.push(field('due', [span(plainLine(task.due), { tone: 'magenta' })]));
  if (task.description && task.kind === 'task') lines.push(...block('description', plainLines(task.description)));
  if (task.kind === 'document') lines.push(...block('content', safeJson(document.content, 2).split('\n')));
  lines.push(...otherMembers(task));
  const mark = SYNC_LOOK[task.sync];
  lines.push(
    field('sync', [span(`${mark.icon} ${mark.label}`, { tone: mark.tone })]),
    field('id', [span(plainLine(document.id))]),
    field('version', [span(document.version === 0 ? 'not yet on the server' : String(document.version))]),
    field('revision', [span(plainLine(document.revisionId ?? '–'))]),
    field('created', [span(timeText(document.createdAt))]),
    field('updated', [span(timeText(document.updatedAt))]),
  );
  if (document.deletedAt !== null) lines.push(field('deleted', [span(timeText(document.deletedAt), { tone: 'red' })]));
  return lines;
}

const TASK_KEYS = ['title', 'description', 'status', 'priority', 'tags', 'due'];

/** A task may carry more than we know of; nothing is hidden. */
function otherMembers(task: Task): Line[] {
  const { content } = task.document;
  if (task.kind !== 'task' || typeof content !== 'object' || content === null) return [];
  return Object.entries(content)
    .filter(([key]) => !TASK_KEYS.includes(key))
    .map(([key, value]) => field(plainLine(key), [span(safeJson(value))]));
}

/** Newest first: what was done, when, by which device, and what it changed. */
export function historyLines(records: readonly ChangeRecord[]): Line[] {
  return records.flatMap((record) => [
    [
      span((record.pending ? '–' : `v${record.version}`).padEnd(5), { bold: true }),
      span(` ${record.type}`.padEnd(9), { tone: TYPE_TONE[record.type] }),
      span(` ${timeText(record.createdAt)}`),
      span(`  ${whoText(record)}`, { tone: 'cyan' }),
      span(record.cause ? `  ${causeText(record.cause)}` : '', { tone: 'magenta' }),
      span(record.pending ? '  not sent yet' : '', { tone: 'yellow' }),
    ],
    ...changeTexts(record).map((text): Line => [span(`      ${text}`, { dim: true })]),
  ]);
}

const TYPE_TONE = { create: 'green', update: 'blue', delete: 'red', restore: 'magenta' } as const;

/** `undo of v3`; what is not confirmed has no version yet. */
export function causeText({ kind, version }: ChangeCause): string {
  const what = version === 0 ? '' : kind === 'revert' ? ` to v${version}` : ` of v${version}`;
  return `${kind}${what}`;
}

export function titleChangeText({ from, to }: { readonly from: string; readonly to: string }): string {
  return `title: ${JSON.stringify(plainLine(from))} → ${JSON.stringify(plainLine(to))}`;
}

export function whoText(record: Pick<ChangeRecord, 'local' | 'clientId' | 'userId'>): string {
  const device = record.local ? 'this device' : `device ${plainLine(record.clientId).slice(-8)}`;
  return record.userId === null ? device : `${device}, user ${plainLine(record.userId).slice(0, 8)}`;
}

function changeTexts(record: ChangeRecord): string[] {
  const title = record.title ? [titleChangeText(record.title)] : [];
  const patch = record.type === 'update' && Array.isArray(record.patch) ? record.patch.map(operationText) : [];
  return [...title, ...patch];
}

export function operationText(operation: JsonPatchOperation): string {
  const value = 'value' in operation ? ` ${clip(safeJson(operation.value))}` : '';
  const from = 'from' in operation ? ` from ${plainLine(operation.from)}` : '';
  return `${operation.op} ${plainLine(operation.path) || '(everything)'}${from}${value}`;
}

const LONGEST_VALUE = 200;

function clip(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function field(label: string, value: Line): Line {
  return [span(`${label} `.padEnd(LABEL_CELLS), { dim: true }), ...value];
}

function block(label: string, texts: readonly string[]): Line[] {
  return texts.map((text, index) => field(index === 0 ? label : '', [span(text)]));
}
