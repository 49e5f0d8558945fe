/** Documents for tests, with only what a test is about spelled out. */
import type { Document } from '@json-database-sync/client';
import type { JsonValue } from '@json-database-sync/domain';
import { taskOf, type Task } from '../src/task/task.js';

let made = 0;

export function makeDocument(parts: Partial<Document> = {}): Document {
  made++;
  return {
    id: `019f0000-0000-7000-8000-${String(made).padStart(12, '0')}`,
    title: `Task ${made}`,
    content: { title: `Task ${made}`, description: '', status: 'pending', priority: 'medium', tags: [] },
    version: 1,
    revisionId: '1-0123456789abcdef',
    userId: '550e8400-e29b-41d4-a716-446655440000',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    deletedAt: null,
    pending: false,
    conflicted: false,
    ...parts,
  };
}

/** A task with these members in its content; the title is the document's too. */
export function makeTask(content: Readonly<Record<string, JsonValue>> = {}, parts: Partial<Document> = {}): Task {
  const title = typeof content['title'] === 'string' ? content['title'] : 'Some task';
  return taskOf(
    makeDocument({
      title,
      content: { title, description: '', status: 'pending', priority: 'medium', tags: [], ...content },
      ...parts,
    }),
  );
}
