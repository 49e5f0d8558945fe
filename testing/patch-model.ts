/**
 * RFC 6902 in the slowest and most obvious way, as an oracle for the real thing: objects are Maps, every operation
 * clones the document, nothing is shared and nothing can reach a prototype. Also, patches for property tests that
 * apply to a given document.
 */
import {
  canonicalJson,
  formatPointer,
  parsePointer,
  type JsonPatch,
  type JsonPatchOperation,
  type JsonValue,
} from '@json-database-sync/domain';
import fc from 'fast-check';
import { arbitraryJson, arbitraryKey, arbitraryObject } from './arbitrary-json.js';

type Model = null | boolean | number | string | Model[] | Map<string, Model>;

function toModel(json: JsonValue): Model {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return (json as readonly JsonValue[]).map(toModel);
  return new Map(Object.entries(json).map(([key, member]) => [key, toModel(member)]));
}

function toJson(model: Model): JsonValue {
  if (model instanceof Map) return Object.fromEntries([...model].map(([key, member]) => [key, toJson(member)]));
  return Array.isArray(model) ? model.map(toJson) : model;
}

/** @returns undefined where the patch does not apply */
export function modelApply(document: JsonValue, patch: JsonPatch): JsonValue | undefined {
  const box = new Map<string, Model>([['', toModel(document)]]);
  for (const operation of patch) {
    if (!modelStep(box, operation)) return undefined;
  }
  return toJson(box.get('')!);
}

/** The document is the one member of `box`, so that the root is a place like any other. */
function modelStep(box: Map<string, Model>, operation: JsonPatchOperation): boolean {
  const path = ['', ...parsePointer(operation.path)];
  switch (operation.op) {
    case 'test': {
      const found = get(box, path);
      return found !== undefined && canonicalJson(toJson(found)) === canonicalJson(operation.value);
    }
    case 'add':
      return put(box, path, toModel(operation.value));
    case 'remove':
      return path.length > 1 && take(box, path);
    case 'replace':
      if (get(box, path) === undefined) return false;
      return path.length === 1
        ? put(box, path, toModel(operation.value))
        : take(box, path) && put(box, path, toModel(operation.value));
    case 'copy':
    case 'move': {
      const from = ['', ...parsePointer(operation.from)];
      const found = get(box, from);
      if (found === undefined) return false;
      const value = toModel(toJson(found));
      if (operation.op === 'copy') return put(box, path, value);
      if (JSON.stringify(from) === JSON.stringify(path)) return true;
      if (from.every((token, i) => path[i] === token)) return false;
      return take(box, from) && put(box, path, value);
    }
  }
}

function get(node: Model, path: readonly string[]): Model | undefined {
  const [token, ...rest] = path;
  if (token === undefined) return node;
  if (node instanceof Map) return node.has(token) ? get(node.get(token)!, rest) : undefined;
  if (!Array.isArray(node) || !/^(0|[1-9][0-9]*)$/.test(token)) return undefined;
  const item = node[Number(token)];
  return item === undefined ? undefined : get(item, rest);
}

/** What stands at a place, in canonical form; undefined where nothing does. */
export function textAt(document: JsonValue, path: readonly string[]): string | undefined {
  const found = get(toModel(document), path);
  return found === undefined ? undefined : canonicalJson(toJson(found));
}

function put(box: Model, path: readonly string[], value: Model): boolean {
  const parent = get(box, path.slice(0, -1));
  const token = path.at(-1)!;
  if (parent instanceof Map) {
    parent.set(token, value);
    return true;
  }
  if (!Array.isArray(parent)) return false;
  if (token !== '-' && !/^(0|[1-9][0-9]*)$/.test(token)) return false;
  const index = token === '-' ? parent.length : Number(token);
  if (index > parent.length) return false;
  parent.splice(index, 0, value);
  return true;
}

function take(box: Model, path: readonly string[]): boolean {
  if (get(box, path) === undefined) return false;
  const parent = get(box, path.slice(0, -1));
  const token = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(token), 1);
  else if (parent instanceof Map) parent.delete(token);
  return true;
}

/** Every pointer to a value of the document, the root first. */
export function placesIn(json: JsonValue, at: readonly string[] = []): string[] {
  const below = typeof json === 'object' && json !== null ? Object.entries(json) : [];
  return [formatPointer(at), ...below.flatMap(([key, member]) => placesIn(member, [...at, key]))];
}

const step = fc.record({
  op: fc.constantFrom('add', 'add', 'remove', 'replace', 'replace', 'move', 'move', 'copy', 'test'),
  place: fc.nat(),
  other: fc.nat(),
  token: fc.oneof(arbitraryKey, fc.constantFrom('-', '0', '1')),
  asChild: fc.boolean(),
  value: arbitraryJson,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function operationFor(document: JsonValue, { op, place, other, token, asChild, value }: Step): JsonPatchOperation {
  const places = placesIn(document);
  const existing = places[place % places.length]!;
  const target = asChild ? `${existing}${formatPointer([token])}` : existing;
  const from = places[other % places.length]!;
  switch (op) {
    case 'add':
      return { op: 'add', path: target, value };
    case 'move':
    case 'copy':
      return { op, from, path: target };
    case 'test':
      return { op: 'test', path: existing, value: toJson(get(toModel(document), parsePointer(existing))!) };
    case 'remove':
      return { op: 'remove', path: existing };
    default:
      return { op: 'replace', path: existing, value };
  }
}

/** Turns random steps into a patch of which each operation applies in its place; those that do not are left out. */
function patchFrom(document: JsonValue, steps: readonly Step[]): JsonPatch {
  const patch: JsonPatchOperation[] = [];
  let current = document;
  for (const next of steps) {
    const operation = operationFor(current, next);
    const after = modelApply(current, [operation]);
    // Copies of copies would make the oracle's clones the slowest part of the test.
    if (after === undefined || canonicalJson(after).length > 5_000) continue;
    patch.push(operation);
    current = after;
  }
  return patch;
}

const steps = fc.array(step, { maxLength: 8 });

/** A document and a patch that applies to it. */
export const documentAndPatch: fc.Arbitrary<[JsonValue, JsonPatch]> = fc
  .tuple(arbitraryJson, steps)
  .map(([document, chosen]) => [document, patchFrom(document, chosen)]);

/** A document and two patches, each of which applies to it. */
export const documentAndTwoPatches: fc.Arbitrary<[JsonValue, JsonPatch, JsonPatch]> = fc
  .tuple(arbitraryObject, steps, steps)
  .map(([document, mine, theirs]) => [document, patchFrom(document, mine), patchFrom(document, theirs)]);

/** A document and a patch that may or may not apply. */
export const documentAndAnyPatch: fc.Arbitrary<[JsonValue, JsonPatch]> = fc
  .tuple(arbitraryJson, arbitraryJson, fc.array(step, { minLength: 1, maxLength: 3 }))
  .map(([document, other, chosen]) => [document, chosen.map((next) => operationFor(other, next))]);
