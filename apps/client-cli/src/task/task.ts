/**
 * A document seen as a task. Reading is tolerant: other programs write documents too, and whatever is no task is
 * shown as the document it is. Text here is as it was stored: it is cleaned where it is shown.
 */
import type { Document } from '@json-database-sync/client';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@json-database-sync/domain';

export const STATUSES = ['pending', 'in_progress', 'completed'] as const;
export const PRIORITIES = ['low', 'medium', 'high'] as const;

export type Status = (typeof STATUSES)[number];
export type Priority = (typeof PRIORITIES)[number];
export type SyncMark = 'synced' | 'pending' | 'conflict';

export interface Task {
  readonly id: string;
  /** `document` is anything without a status that we know; it may have some of the other fields all the same. */
  readonly kind: 'task' | 'document';
  readonly title: string;
  readonly description: string | null;
  readonly status: Status | null;
  readonly priority: Priority | null;
  readonly tags: readonly string[];
  readonly due: string | null;
  readonly sync: SyncMark;
  readonly deleted: boolean;
  readonly document: Document;
}

export function taskOf(document: Document): Task {
  const content = isJsonObject(document.content) ? document.content : undefined;
  const status = oneOf(STATUSES, own(content, 'status')) ?? null;
  const priority = oneOf(PRIORITIES, own(content, 'priority')) ?? null;
  const tags = own(content, 'tags');
  return {
    id: document.id,
    kind: status === null ? 'document' : 'task',
    title: document.title || textOr(own(content, 'title'), ''),
    description: textOr(own(content, 'description'), null),
    status,
    priority: status === null ? priority : (priority ?? 'medium'),
    tags: isJsonArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    due: textOr(own(content, 'due'), null),
    sync: syncMarkOf(document),
    deleted: document.deletedAt !== null,
    document,
  };
}

/** A conflict that nobody has looked at yet matters more than a change on its way. */
function syncMarkOf(document: Document): SyncMark {
  if (document.conflicted) return 'conflict';
  return document.pending ? 'pending' : 'synced';
}

/** `__proto__` and the like are ordinary keys in a document, never inherited ones. */
function own(content: JsonObject | undefined, key: string): JsonValue | undefined {
  return content && Object.hasOwn(content, key) ? content[key] : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: JsonValue | undefined): T | undefined {
  return allowed.find((each) => each === value);
}

function textOr<T>(value: JsonValue | undefined, other: T): string | T {
  return typeof value === 'string' ? value : other;
}
