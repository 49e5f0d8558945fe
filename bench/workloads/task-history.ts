/** Tasks that two devices of one user edit by turns, through the server's own door: its WebSocket and its pipeline. */
import { randomFillSync, randomUUID } from 'node:crypto';
import { diffJson, uuidV7, type JsonValue } from '@json-database-sync/domain';
import { WireClient } from '../harness/wire-client.js';
import { Chance } from './chance.js';
import { editTask, newTask, type Task } from './tasks.js';

export interface TaskVersion {
  readonly documentId: string;
  readonly version: number;
  readonly title: string;
  /** JSON text. */
  readonly content: string;
}

export interface HistoryOptions {
  readonly url: string;
  readonly userId: string;
  readonly tasks: number;
  readonly edits: number;
  /** Told of each version as it is confirmed. */
  readonly onVersion?: (version: TaskVersion) => void;
}

/** A frame takes so many mutations. */
const FRAME = 200;

export async function writeTaskHistory(options: HistoryOptions): Promise<void> {
  const { url, userId, tasks: count, edits, onVersion = () => undefined } = options;
  const chance = new Chance(20_261_122);
  const devices = [
    await WireClient.open(url, userId, randomUUID()),
    await WireClient.open(url, userId, randomUUID()),
  ] as const;
  const tasks: { readonly id: string; title: string; task: Task; version: number }[] = [];
  const told = (task: (typeof tasks)[number]): void =>
    onVersion({ documentId: task.id, version: task.version, title: task.title, content: JSON.stringify(task.task) });
  const head = (documentId: string) => headOf(userId, documentId);

  for (let n = 0; n < count; n += 1) tasks.push({ id: randomUUID(), ...newTask(chance), version: 1 });
  await mutateAll(
    devices[0],
    tasks.map(({ id, title, task }) => ({ ...head(id), kind: 'create', title, content: task })),
  );
  tasks.forEach(told);
  for (let round = 0; round < edits; round += 1) {
    // Each device edits each task every other time; both have seen what was done before.
    const halves = devices.map((device, which) => ({
      device,
      own: tasks.filter((_, index) => (index + round) % devices.length === which),
    }));
    for (const { device, own } of halves) {
      const mutations = own.map((known) => {
        const { task, title } = editTask(chance, known.task);
        const patch = diffJson(asJson(known.task), asJson(task));
        const mutation = { ...head(known.id), kind: 'update', base_version: known.version, patch };
        Object.assign(known, { task, version: known.version + 1, ...(title !== undefined && { title }) });
        return { ...mutation, ...(title !== undefined && { title }) };
      });
      await mutateAll(device, mutations);
      own.forEach(told);
    }
  }
  for (const device of devices) await device.close();
}

/** One task, edited by one device without waiting for each answer. @returns the task's id */
export async function writeOneTask({
  url,
  userId,
  edits,
}: Omit<HistoryOptions, 'tasks' | 'onVersion'>): Promise<string> {
  const chance = new Chance(20_261_122);
  const device = await WireClient.open(url, userId, randomUUID());
  const documentId = randomUUID();
  const made = newTask(chance);
  const mutations: object[] = [
    { ...headOf(userId, documentId), kind: 'create', title: made.title, content: made.task },
  ];
  let before = made.task;
  for (let version = 1; version <= edits; version += 1) {
    const { task, title } = editTask(chance, before);
    const patch = diffJson(asJson(before), asJson(task));
    const update = { ...headOf(userId, documentId), kind: 'update', base_version: version, patch };
    mutations.push({ ...update, ...(title !== undefined && { title }) });
    before = task;
  }
  await mutateAll(device, mutations);
  await device.close();
  return documentId;
}

function headOf(userId: string, documentId: string) {
  const mutationId = uuidV7(Date.now(), () => randomFillSync(new Uint8Array(16)));
  return { mutation_id: mutationId, stream_id: userId, document_id: documentId };
}

async function mutateAll(device: WireClient, mutations: readonly object[]): Promise<void> {
  for (let from = 0; from < mutations.length; from += FRAME) {
    const answer = await device.ask({ type: 'mutate', mutations: mutations.slice(from, from + FRAME) });
    const results: readonly unknown[] = Array.isArray(answer['results']) ? answer['results'] : [answer];
    const bad = results.find((result) => !isApplied(result));
    if (bad !== undefined) throw new Error(`a change was not applied: ${JSON.stringify(bad)}`);
  }
}

function asJson(task: Task): JsonValue {
  return JSON.parse(JSON.stringify(task)) as JsonValue;
}

function isApplied(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'status' in result && result.status === 'applied';
}
