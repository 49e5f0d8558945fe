/**
 * Tasks of about 1 KB as JSON, and the edits that people make to them: somebody toggles done, moves the status or the due
 * date, hands it to another, adds or removes a tag, rewrites a sentence of the description, now and then the title.
 */
import type { Chance } from './chance.js';

export interface Task {
  status: string;
  priority: string;
  done: boolean;
  assignee: string;
  due: string;
  estimate_hours: number;
  tags: string[];
  description: string;
  checklist: { text: string; done: boolean }[];
  links: string[];
}

export interface TaskEdit {
  readonly kind: (typeof EDITS)[number][0];
  readonly task: Task;
  /** Absent where the title stays. */
  readonly title?: string;
}

/** How often each edit is made, in percent. */
const EDITS = [
  ['done', 22],
  ['status', 20],
  ['assignee', 12],
  ['due', 14],
  ['tag', 14],
  ['description', 14],
  ['title', 4],
] as const;

const STATUSES = ['pending', 'in_progress', 'in_review', 'blocked', 'completed'];
const PRIORITIES = ['low', 'medium', 'high'];
const PEOPLE = ['anna.berger', 'bogdan', 'chiara.rossi', 'dmitri', 'eve.laurent', 'farid', 'grace.okafor', 'hiro'];
const TAGS = ['backend', 'billing', 'bug', 'customer', 'design', 'docs', 'frontend', 'infra', 'q3', 'security', 'ux'];
const WORDS =
  `the a new old customer invoice report server button screen page release branch team plan draft review total amount
   export import backup restore search filter column table field error warning message login account password session
   mobile desktop browser windows android checks sends shows hides opens closes breaks fails needs wants should could
   must before after while because when until again slowly quickly twice never always manually automatically and or but
   with without from into over under between agreed reported measured expected missing wrong duplicate empty broken late`.split(
    /\s+/,
  );

export function newTask(chance: Chance): { title: string; task: Task } {
  const task: Task = {
    status: 'pending',
    priority: chance.pick(PRIORITIES),
    done: false,
    assignee: chance.pick(PEOPLE),
    due: day(chance),
    estimate_hours: 1 + chance.below(40),
    tags: [chance.pick(TAGS)],
    description: Array.from({ length: 6 }, () => sentence(chance)).join(' '),
    checklist: Array.from({ length: 4 }, () => ({ text: words(chance, 5), done: false })),
    links: [`https://tracker.example.com/issues/${1000 + chance.below(9000)}`],
  };
  return { title: words(chance, 5), task };
}

/** @returns the task after one edit; the one handed in stays as it is */
export function editTask(chance: Chance, before: Task): TaskEdit {
  const task = structuredClone(before);
  const kind = drawKind(chance);
  switch (kind) {
    case 'done':
      task.done = !task.done;
      return { kind, task };
    case 'status':
      task.status = chance.pick(STATUSES.filter((status) => status !== before.status));
      return { kind, task };
    case 'assignee':
      task.assignee = chance.pick(PEOPLE.filter((person) => person !== before.assignee));
      return { kind, task };
    case 'due':
      task.due = day(chance);
      return { kind, task };
    case 'tag':
      if (task.tags.length > 3) task.tags.splice(chance.below(task.tags.length), 1);
      else task.tags.push(chance.pick(TAGS.filter((tag) => !task.tags.includes(tag))));
      return { kind, task };
    case 'description': {
      const sentences = task.description.split(/(?<=\.) /);
      sentences[chance.below(sentences.length)] = sentence(chance);
      task.description = sentences.join(' ');
      return { kind, task };
    }
    case 'title':
      return { kind, task, title: words(chance, 5) };
  }
}

function drawKind(chance: Chance): TaskEdit['kind'] {
  let left = chance.below(EDITS.reduce((sum, [, share]) => sum + share, 0));
  for (const [kind, share] of EDITS) {
    if (left < share) return kind;
    left -= share;
  }
  return 'done';
}

function words(chance: Chance, count: number): string {
  return Array.from({ length: count }, () => chance.pick(WORDS)).join(' ');
}

function sentence(chance: Chance): string {
  const text = words(chance, 9 + chance.below(6));
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function day(chance: Chance): string {
  return new Date(Date.UTC(2026, 0, 1 + chance.below(365))).toISOString().slice(0, 10);
}
