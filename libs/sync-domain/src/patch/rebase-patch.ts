/**
 * Carrying a patch over what others wrote since its base, by the rule `server_wins`.
 *
 *     base --- foreign changes ---> current --- kept ---> value
 *        \--- patch (as it was made)
 *
 * - An operation that overlaps what others wrote is dropped, and what it would have written counts as foreign from
 *   there on, so that operations that build on it are dropped with it. So is one whose target is gone.
 * - The patch stands or falls as one where a part of it cannot be judged alone: a `move` or `copy` that overlaps, a
 *   `test` that fails, an operation that no longer applies.
 * - Where every overlap is a change that others have made just so, nobody lost anything: those operations are
 *   `already` there and are neither kept nor dropped.
 *
 * Invariants: `value` is `current` with `kept` applied; with nothing foreign, `kept` is the patch. Every operation that
 * writes is in exactly one of `kept`, `dropped` and `already`.
 */
import { jsonEqual } from '../json/canonical-json.js';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.js';
import { parsePointer, PointerError } from './json-pointer.js';
import type { JsonPatch, JsonPatchOperation } from './json-patch.types.js';
import { PatchError } from './patch-error.js';
import { PathSet, type Path } from './path-set.js';
import { PatchWorkspace } from './patch-workspace.js';
import { touchedByOperation } from './touched-by-operation.js';
import type { TouchedPath } from './touched-paths.js';

export interface Rebase {
  /** Made against an older base. */
  readonly patch: JsonPatch;
  /** The document as it is now. */
  readonly current: JsonValue;
  /** What others wrote since that base; see `touchedPaths`. */
  readonly foreign: readonly TouchedPath[];
}

export interface DroppedPatchOperation {
  readonly index: number;
  readonly operation: JsonPatchOperation;
}

export interface Rebased {
  readonly kept: JsonPatch;
  readonly dropped: readonly DroppedPatchOperation[];
  /** Places of the operations whose outcome was there already. */
  readonly already: readonly number[];
  readonly value: JsonValue;
}

export function rebasePatch(rebase: Rebase): Rebased {
  try {
    const rebased = attempt(rebase, true);
    return rebased.already.length > 0 && rebased.dropped.length > 0 ? attempt(rebase, false) : rebased;
  } catch (error) {
    if (error instanceof OneUnit || error instanceof PatchError || error instanceof PointerError)
      return dropWhole(rebase);
    throw error;
  }
}

/** The patch cannot be split and has to be dropped whole; never leaves this file. */
class OneUnit extends Error {}

/** @param mayBeThere whether an overlapping operation may count as done by others; without it, every overlap drops */
function attempt({ patch, current, foreign }: Rebase, mayBeThere: boolean): Rebased {
  const workspace = new PatchWorkspace(current);
  const notOurs = new PathSet(foreign);
  const kept: JsonPatchOperation[] = [];
  const dropped: DroppedPatchOperation[] = [];
  const already: number[] = [];
  let writes = 0;
  for (const [index, operation] of patch.entries()) {
    const touched = touchedByOperation(operation, workspace);
    const overlaps = overlap(operation, touched, notOurs);
    if (overlaps && mayBeThere && isThere(operation, workspace, notOurs)) {
      already.push(index);
    } else if (overlaps && (operation.op === 'move' || operation.op === 'copy')) {
      throw new OneUnit();
    } else if (overlaps || isTargetGone(operation, workspace)) {
      dropped.push({ index, operation });
      for (const path of touched) notOurs.add(path);
    } else {
      workspace.apply(operation, index);
      kept.push(operation);
      if (operation.op !== 'test') writes++;
    }
  }
  // Tests that guard nothing any more are no change.
  const nothingLeft = writes === 0 && kept.length < patch.length;
  return { kept: nothingLeft ? [] : kept, dropped, already, value: workspace.root };
}

function dropWhole({ patch, current }: Rebase): Rebased {
  return { kept: [], dropped: patch.map((operation, index) => ({ index, operation })), already: [], value: current };
}

/** What a `copy` reads counts as well; what a `test` reads is judged by its outcome. */
function overlap(operation: JsonPatchOperation, touched: readonly Path[], notOurs: PathSet): boolean {
  if (touched.some((path) => notOurs.overlaps(path))) return true;
  return operation.op === 'copy' && notOurs.overlaps(parsePointer(operation.from));
}

function isTargetGone(operation: JsonPatchOperation, workspace: PatchWorkspace): boolean {
  const needsTarget = operation.op === 'replace' || operation.op === 'remove';
  return needsTarget && workspace.lookup(parsePointer(operation.path)) === undefined;
}

/** Whether the document is already what the operation would make it. */
function isThere(operation: JsonPatchOperation, workspace: PatchWorkspace, notOurs: PathSet): boolean {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      return !isInArray(path, workspace) && isValueAt(path, operation.value, workspace);
    case 'replace':
      return isValueAt(path, operation.value, workspace);
    case 'remove':
      return isMemberAbsent(path, workspace);
    case 'copy': {
      const from = parsePointer(operation.from);
      const source = workspace.lookup(from);
      // A source that others have changed is not what the author meant to have twice, whatever it equals now.
      if (source === undefined || notOurs.overlaps(from) || isInArray(path, workspace)) return false;
      workspace.chargeCopy(source, path.length);
      return isValueAt(path, source, workspace);
    }
    case 'move':
    case 'test':
      return false;
  }
}

function isValueAt(path: Path, value: JsonValue, workspace: PatchWorkspace): boolean {
  const there = workspace.lookup(path);
  return there !== undefined && jsonEqual(there, value);
}

function isInArray(path: Path, workspace: PatchWorkspace): boolean {
  return path.length > 0 && isJsonArray(workspace.lookup(path, path.length - 1));
}

/** Others removed the member, or an object around it. An item's absence says nothing: its index may mean another now. */
function isMemberAbsent(path: Path, workspace: PatchWorkspace): boolean {
  for (let depth = 0; depth < path.length; depth++) {
    const container = workspace.lookup(path, depth);
    if (!isJsonObject(container)) return false;
    if (workspace.lookup(path, depth + 1) === undefined) return true;
  }
  return false;
}
