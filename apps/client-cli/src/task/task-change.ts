/** What a person asks for, as changes of documents. Only what is asked for is touched, so that others' edits survive. */
import type { JsonObject, JsonValue } from '@json-database-sync/domain';
import type { Priority, Status, Task } from './task.js';

export interface TaskFields {
  readonly title?: string;
  readonly description?: string;
  readonly status?: Status;
  readonly priority?: Priority;
  readonly tags?: readonly string[];
  /** null takes it away. */
  readonly due?: string | null;
}

export interface NewTask {
  readonly title: string;
  readonly content: JsonObject;
}

/** An RFC 7396 merge, with the document's title where it changes too. */
export interface TaskMerge {
  readonly title?: string;
  readonly merge: JsonObject;
}

export function newTask(fields: TaskFields & { readonly title: string }): NewTask {
  const content: Record<string, JsonValue> = {
    title: fields.title,
    description: fields.description ?? '',
    status: fields.status ?? 'pending',
    priority: fields.priority ?? 'medium',
    tags: uniqueTags(fields.tags ?? []),
  };
  if (fields.due != null) content['due'] = fields.due;
  return { title: fields.title, content };
}

/** undefined when nothing would be different. */
export function taskMerge(task: Task, fields: TaskFields): TaskMerge | undefined {
  const merge: Record<string, JsonValue> = {};
  const { title, description, status, priority, due } = fields;
  if (title !== undefined && title !== task.title) merge['title'] = title;
  if (description !== undefined && description !== (task.description ?? '')) merge['description'] = description;
  if (status !== undefined && status !== task.status) merge['status'] = status;
  if (priority !== undefined && priority !== task.priority) merge['priority'] = priority;
  if (due !== undefined && due !== task.due) merge['due'] = due;
  if (fields.tags !== undefined && !sameTags(fields.tags, task.tags)) merge['tags'] = uniqueTags(fields.tags);
  if (Object.keys(merge).length === 0) return undefined;
  return 'title' in merge && title !== undefined ? { title, merge } : { merge };
}

export function toggledStatus(task: Task): Status {
  return task.status === 'completed' ? 'pending' : 'completed';
}

export function uniqueTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

/** Tags as a person types them: separated by commas or spaces, with or without `#`. */
export function parseTags(text: string): string[] {
  return uniqueTags(text.split(/[,\s]+/).map((tag) => tag.replace(/^#+/, '')));
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, index) => tag === b[index]);
}
