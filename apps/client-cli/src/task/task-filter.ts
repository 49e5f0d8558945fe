/** Which tasks are shown, and in what order. */
import type { Priority, Status, Task } from './task.js';

export interface TaskFilter {
  readonly status?: Status;
  readonly tag?: string;
  readonly priority?: Priority;
  /** Every word must be somewhere in the title, the description or the tags. */
  readonly search?: string;
}

export function matches(task: Task, filter: TaskFilter): boolean {
  if (filter.status && task.status !== filter.status) return false;
  if (filter.priority && task.priority !== filter.priority) return false;
  if (filter.tag && !task.tags.some((tag) => sameText(tag, filter.tag ?? ''))) return false;
  const words = folded(filter.search ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const text = folded([task.title, task.description ?? '', ...task.tags].join('\n'));
  return words.every((word) => text.includes(word));
}

export function isEmptyFilter(filter: TaskFilter): boolean {
  return !filter.status && !filter.tag && !filter.priority && !filter.search?.trim();
}

/**
 * The board's filter line: words to search for, `#tag`, and `status:completed`, `priority:high` or `tag:work`.
 * Statuses and priorities may be shortened (`s:comp`, `p:h`). What is not understood is searched for.
 */
export function parseFilter(text: string): TaskFilter {
  const filter: { status?: Status; tag?: string; priority?: Priority; search?: string } = {};
  const words: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const [, name = '', value = ''] = /^(s|status|p|priority|t|tag):(.+)$/i.exec(word) ?? [];
    const status = name.toLowerCase().startsWith('s') ? startingWith(STATUS_WORDS, value) : undefined;
    const priority = name.toLowerCase().startsWith('p') ? startingWith(PRIORITY_WORDS, value) : undefined;
    if (status) filter.status = status;
    else if (priority) filter.priority = priority;
    else if (name.toLowerCase().startsWith('t')) filter.tag = value.replace(/^#/, '');
    else if (word.length > 1 && word.startsWith('#')) filter.tag = word.slice(1);
    else if (word !== '') words.push(word);
  }
  if (words.length > 0) filter.search = words.join(' ');
  return filter;
}

/** The line that `parseFilter` reads as this filter. */
export function filterText(filter: TaskFilter): string {
  const parts = [
    filter.status && `status:${filter.status}`,
    filter.priority && `priority:${filter.priority}`,
    filter.tag && `#${filter.tag}`,
    filter.search,
  ];
  return parts.filter((part) => part).join(' ');
}

const STATUS_WORDS: readonly (readonly [string, Status])[] = [
  ['pending', 'pending'],
  ['in_progress', 'in_progress'],
  ['in-progress', 'in_progress'],
  ['completed', 'completed'],
  ['done', 'completed'],
];
const PRIORITY_WORDS: readonly (readonly [string, Priority])[] = [
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
];

function startingWith<T>(words: readonly (readonly [string, T])[], typed: string): T | undefined {
  if (typed === '') return undefined;
  return words.find(([word]) => word.startsWith(typed.toLowerCase()))?.[1];
}

const STATUS_ORDER = { in_progress: 0, pending: 1, completed: 2 } as const;
const PRIORITY_ORDER = { high: 0, medium: 1, low: 2 } as const;

/** What to do next comes first: in progress, pending, other documents, completed; then priority, due date, age. */
export function byUrgency(a: Task, b: Task): number {
  return (
    statusRank(a) - statusRank(b) ||
    priorityRank(a) - priorityRank(b) ||
    compareText(a.due ?? '\uffff', b.due ?? '\uffff') ||
    compareText(a.document.createdAt, b.document.createdAt) ||
    compareText(a.id, b.id)
  );
}

/** The trash: what was deleted last comes first. */
export function byDeletion(a: Task, b: Task): number {
  return compareText(b.document.deletedAt ?? '', a.document.deletedAt ?? '') || compareText(a.id, b.id);
}

function statusRank(task: Task): number {
  return task.status ? STATUS_ORDER[task.status] : 1.5;
}

function priorityRank(task: Task): number {
  return task.priority ? PRIORITY_ORDER[task.priority] : 3;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function sameText(a: string, b: string): boolean {
  return folded(a) === folded(b);
}
