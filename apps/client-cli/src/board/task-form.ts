/**
 * The form for a new task and for changing one. It remembers what it began with: only what the person changed is
 * written, so that what others change in the meantime stays.
 */
import { LIMITS } from '@json-database-sync/domain';
import { parseTags, type TaskFields } from '../task/task-change.js';
import { PRIORITIES, STATUSES, type Priority, type Status, type Task } from '../task/task.js';
import type { Key, SpecialKey } from './keys.js';
import { editText, fieldText, textField, type TextField, type TextFieldOptions } from './text-field.js';

export const FORM_FIELDS = ['title', 'description', 'priority', 'tags', 'due', 'status'] as const;
export type FormField = (typeof FORM_FIELDS)[number];

const TEXT_OPTIONS = {
  title: { maxCharacters: LIMITS.titleCharacters },
  description: { maxCharacters: 100_000, multiline: true },
  tags: { maxCharacters: 2_000 },
  due: { maxCharacters: 40 },
} as const satisfies Partial<Record<FormField, TextFieldOptions>>;

const FIELD_STEP: Partial<Record<SpecialKey, number>> = { tab: 1, down: 1, backtab: -1, up: -1 };

type TextFieldName = keyof typeof TEXT_OPTIONS;

export interface TaskForm {
  /** undefined: a new task. */
  readonly id: string | undefined;
  readonly active: FormField;
  readonly texts: Readonly<Record<TextFieldName, TextField>>;
  readonly priority: Priority;
  readonly status: Status;
  readonly initial: FormValues;
  readonly problem?: string;
}

interface FormValues {
  readonly title: string;
  readonly description: string;
  readonly tags: string;
  readonly due: string;
  readonly priority: Priority;
  readonly status: Status;
}

export type FormResult =
  | { readonly kind: 'open'; readonly form: TaskForm }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'saved'; readonly fields: TaskFields };

export function newTaskForm(): TaskForm {
  return formWith(undefined, { title: '', description: '', tags: '', due: '', priority: 'medium', status: 'pending' });
}

export function editTaskForm(task: Task): TaskForm {
  return formWith(task.id, {
    title: task.title,
    description: task.description ?? '',
    tags: task.tags.join(', '),
    due: task.due ?? '',
    priority: task.priority ?? 'medium',
    status: task.status ?? 'pending',
  });
}

function formWith(id: string | undefined, initial: FormValues): TaskForm {
  const texts = {
    title: textField(initial.title),
    description: textField(initial.description),
    tags: textField(initial.tags),
    due: textField(initial.due),
  };
  return { id, active: 'title', texts, priority: initial.priority, status: initial.status, initial };
}

export function pressInForm(form: TaskForm, key: Key): FormResult {
  if (key.kind === 'control' && key.letter === 's') return save(form);
  if (key.kind === 'special') {
    if (key.name === 'escape') return { kind: 'cancelled' };
    if (key.name === 'enter') return save(form);
    const step = FIELD_STEP[key.name];
    if (step !== undefined) return { kind: 'open', form: { ...form, active: cycle(FORM_FIELDS, form.active, step) } };
  }
  return { kind: 'open', form: editField(form, key) };
}

function editField(form: TaskForm, key: Key): TaskForm {
  const { active } = form;
  if (active === 'priority' || active === 'status') {
    const step = choiceStep(key);
    if (step === 0) return form;
    return active === 'priority'
      ? { ...form, priority: cycle(PRIORITIES, form.priority, step) }
      : { ...form, status: cycle(STATUSES, form.status, step) };
  }
  const edited = editText(form.texts[active], key, TEXT_OPTIONS[active]);
  if (!edited) return form;
  const { problem: _solved, ...rest } = form;
  return { ...rest, texts: { ...form.texts, [active]: edited } };
}

function choiceStep(key: Key): number {
  if (key.kind === 'special') return key.name === 'left' ? -1 : key.name === 'right' ? 1 : 0;
  return key.kind === 'text' && key.text === ' ' ? 1 : 0;
}

function save(form: TaskForm): FormResult {
  const { initial } = form;
  const text = (name: TextFieldName): string => fieldText(form.texts[name]);
  const title = text('title').trim();
  if (title === '') return { kind: 'open', form: { ...form, active: 'title', problem: 'A task needs a title.' } };
  const due = text('due').trim();
  if (due !== initial.due && due !== '' && !isDate(due)) {
    return { kind: 'open', form: { ...form, active: 'due', problem: 'The due date is written like 2026-12-31.' } };
  }
  const fields: TaskFields = {
    ...(title === initial.title && form.id !== undefined ? {} : { title }),
    ...(text('description') === initial.description ? {} : { description: text('description') }),
    ...(text('tags') === initial.tags ? {} : { tags: parseTags(text('tags')) }),
    ...(due === initial.due ? {} : { due: due === '' ? null : due }),
    ...(form.priority === initial.priority ? {} : { priority: form.priority }),
    ...(form.status === initial.status ? {} : { status: form.status }),
  };
  return { kind: 'saved', fields };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text)) return false;
  const time = new Date(text);
  // A 31st of February would silently become a day in March.
  return !Number.isNaN(time.getTime()) && (text.length > 10 || time.toISOString().startsWith(text));
}

function cycle<T>(all: readonly T[], current: T, step: number): T {
  const next = (all.indexOf(current) + step + all.length) % all.length;
  return all[next] ?? current;
}
