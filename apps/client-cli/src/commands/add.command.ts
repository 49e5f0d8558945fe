/** `add TITLE`: a new task. */
import { documentIdSchema } from '@json-database-sync/domain';
import { z } from 'zod';
import { decode, readTaskFields, titleSchema } from '../settings/task-options.js';
import { newTask } from '../task/task-change.js';
import { endWrite, type Action } from './command-context.js';

const idSchema = z.object({ id: documentIdSchema.optional() });

export function addCommand(title: string, options: Readonly<Record<string, unknown>>): Action {
  const decoded = decode(z.object({ title: titleSchema }), { title });
  const fields = readTaskFields({ ...options, title: decoded.title });
  const { id } = decode(idSchema, options);
  return async (context) => {
    const task = newTask({ ...fields, title: decoded.title });
    const made = await context.session.client.documents.create({ ...(id === undefined ? {} : { id }), ...task });
    return endWrite(context, 'added', [made.id]);
  };
}
