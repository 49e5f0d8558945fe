/** `edit ID`: a task's fields, or any place of any document's content. */
import { jsonPatchSchema, type JsonPatch } from '@json-database-sync/domain';
import { z } from 'zod';
import { CliFailure } from '../cli-failure.js';
import { decode, readJson, readTaskFields } from '../settings/task-options.js';
import { BEFORE_WRITING } from '../sync/session.js';
import { changeFor, type Edit } from '../task/edit-change.js';
import { readAssignment } from '../task/set-member.js';
import { endWrite, taskById, type Action } from './command-context.js';

const editSchema = z.object({
  addTag: z.array(z.string()).default([]),
  removeTag: z.array(z.string()).default([]),
  set: z.array(z.string()).default([]),
  patch: z.string().optional(),
  content: z.string().optional(),
});

export function editCommand(typed: string, options: Readonly<Record<string, unknown>>): Action {
  const edit = readEdit(options);
  return async (context) => {
    // What is edited is better the latest there is: tags are added to those that others have given it meanwhile.
    await context.session.sync(BEFORE_WRITING);
    const [id = typed] = await context.session.resolve([typed]);
    const task = taskById(context, id);
    if (task.deleted) {
      throw new CliFailure('document_deleted', 'The document has been deleted.', {
        remedy: `Bring it back with \`restore ${typed}\` first.`,
      });
    }
    const change = changeFor(task, edit);
    if (change) await context.session.client.documents.update(id, change);
    return endWrite(context, change ? 'edited' : 'unchanged', [id]);
  };
}

function readEdit(options: Readonly<Record<string, unknown>>): Edit {
  const raw = decode(editSchema, options);
  const fields = readTaskFields(options);
  const assignments = raw.set.map(readAssignment).map(({ path, text }) => ({ path, value: readJson(text, '--set') }));
  const patch = raw.patch === undefined ? undefined : readPatch(raw.patch);
  const content = raw.content === undefined ? undefined : readJson(raw.content, '--content');
  const { title, ...others } = fields;
  const byField = Object.keys(others).length + raw.addTag.length + raw.removeTag.length > 0;
  const ways = [byField, assignments.length > 0, patch !== undefined, content !== undefined].filter(Boolean).length;
  if (ways > 1) {
    throw new CliFailure('invalid_argument', '--set, --patch, --content and the options for fields cannot be mixed.', {
      remedy: 'Use one of them at a time; --title goes with each.',
    });
  }
  if (ways === 0 && title === undefined) {
    throw new CliFailure('invalid_argument', 'There is nothing to change.', { remedy: 'See `cli help edit`.' });
  }
  return { fields, addTags: raw.addTag, removeTags: raw.removeTag, assignments, patch, content };
}

function readPatch(text: string): JsonPatch {
  const parsed = jsonPatchSchema.safeParse(readJson(text, '--patch'));
  if (parsed.success) return parsed.data;
  throw new CliFailure('invalid_argument', '--patch is no JSON Patch.', {
    remedy: 'Give an array such as \'[{"op": "replace", "path": "/status", "value": "completed"}]\' (RFC 6902).',
  });
}
