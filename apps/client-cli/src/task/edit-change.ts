/** What `edit` asks for, as a change of a document. */
import type { DocumentChange, DraftEditor } from '@json-database-sync/client';
import { isJsonObject, type JsonPatch, type JsonValue } from '@json-database-sync/domain';
import { CliFailure } from '../cli-failure.js';
import { setMember } from './set-member.js';
import { taskMerge, uniqueTags, type TaskFields } from './task-change.js';
import type { Task } from './task.js';

export type Change = Exclude<DocumentChange, DraftEditor>;

export interface Edit {
  readonly fields: TaskFields;
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  readonly assignments: readonly { readonly path: readonly string[]; readonly value: JsonValue }[];
  readonly patch: JsonPatch | undefined;
  readonly content: JsonValue | undefined;
}

/** undefined when nothing would be different. */
export function changeFor(task: Task, edit: Edit): Change | undefined {
  const { title } = edit.fields;
  const withTitle = title === undefined ? {} : { title };
  if (edit.patch) return { patch: edit.patch, ...withTitle };
  if (edit.content !== undefined) return { content: edit.content, ...withTitle };
  if (edit.assignments.length > 0) {
    const content = edit.assignments.reduce(
      (made, { path, value }) => setMember(made, path, value),
      task.document.content,
    );
    return { content, ...withTitle };
  }
  return fieldChange(task, edit);
}

function fieldChange(task: Task, edit: Edit): Change | undefined {
  const { content } = task.document;
  const { title, ...others } = edit.fields;
  const tagsEdited = edit.addTags.length + edit.removeTags.length > 0;
  const onlyTitle = Object.keys(others).length === 0 && !tagsEdited;
  // A document that is no task keeps its content as it is when only its title changes.
  if (onlyTitle && task.kind === 'document') {
    return title === undefined || title === task.title ? undefined : { patch: [], title };
  }
  if (!isJsonObject(content)) {
    throw new CliFailure('invalid_argument', 'This document is no task: its content is not an object.', {
      remedy: 'Change it with --content, --patch or --set.',
    });
  }
  if (!tagsEdited) return taskMerge(task, edit.fields);
  const removed = new Set(edit.removeTags.map(bareTag));
  const kept = (edit.fields.tags ?? task.tags).filter((tag) => !removed.has(tag));
  return taskMerge(task, { ...edit.fields, tags: uniqueTags([...kept, ...edit.addTags.map(bareTag)]) });
}

function bareTag(tag: string): string {
  return tag.trim().replace(/^#+/, '');
}
