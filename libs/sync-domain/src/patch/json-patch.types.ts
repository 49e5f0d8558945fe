/** The operations of JSON Patch (RFC 6902). Pointers are relative to a document's content. */
import type { JsonValue } from '../json/json-value.js';

export interface AddOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: JsonValue;
}

export interface RemoveOperation {
  readonly op: 'remove';
  readonly path: string;
}

export interface ReplaceOperation {
  readonly op: 'replace';
  readonly path: string;
  readonly value: JsonValue;
}

export interface MoveOperation {
  readonly op: 'move';
  readonly from: string;
  readonly path: string;
}

export interface CopyOperation {
  readonly op: 'copy';
  readonly from: string;
  readonly path: string;
}

export interface TestOperation {
  readonly op: 'test';
  readonly path: string;
  readonly value: JsonValue;
}

export type JsonPatchOperation =
  AddOperation | RemoveOperation | ReplaceOperation | MoveOperation | CopyOperation | TestOperation;

export type JsonPatch = readonly JsonPatchOperation[];
