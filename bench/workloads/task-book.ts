/** A document that holds many tasks, for documents that are larger than one. */
import { Chance } from './chance.js';
import { newTask, type Task } from './tasks.js';

/** A little over `bytes` as JSON, but at least one task; the same one every time. */
export function taskBook(bytes: number): { name: string; tasks: Task[] } {
  const chance = new Chance(bytes);
  const tasks: Task[] = [];
  for (let size = 0; size < bytes || tasks.length === 0;) {
    const { task } = newTask(chance);
    size += JSON.stringify(task).length + 1;
    tasks.push(task);
  }
  return { name: 'tasks', tasks };
}
