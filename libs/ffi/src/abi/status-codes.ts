/**
 * The status codes of the C ABI. Numbers are a promise to compiled programs: one that is given is never given again.
 * The catalogue's errors have 1 to 99, what only this library can meet has 100 and up.
 */
import type { ErrorCode } from '@json-database-sync/domain';

export const CATALOGUE_STATUS = {
  invalid_auth: 1,
  unauthorized: 2,
  forbidden: 3,
  document_not_found: 4,
  document_exists: 5,
  document_deleted: 6,
  invalid_document: 7,
  invalid_patch: 8,
  unsafe_number: 9,
  version_mismatch: 10,
  undo_overlap: 11,
  cannot_undo: 12,
  nothing_to_undo: 13,
  nothing_to_redo: 14,
  history_too_long: 15,
  cursor_too_old: 16,
  invalid_message: 17,
  message_too_large: 18,
  unsupported_protocol: 19,
  rate_limit_exceeded: 20,
  too_many_requests: 21,
  overloaded: 22,
  server_error: 23,
  connection_lost: 24,
  timed_out: 25,
  storage_failed: 26,
  storage_incompatible: 27,
  broken_chain: 28,
  client_closed: 29,
  invalid_argument: 30,
  earlier_change_rejected: 31,
} as const satisfies Record<ErrorCode, number>;

export const LIBRARY_STATUS = {
  /** A handle that is NULL, was never one, or has been destroyed. */
  invalid_handle: 100,
  /** An argument that may not be NULL is. */
  null_argument: 101,
  not_utf8: 102,
  not_json: 103,
  /** The host is being started again: nothing was done. */
  host_unavailable: 104,
  /** The host died during the call: it may have been done or not. */
  host_lost: 105,
  /** The host speaks another version of the library's protocol. */
  host_incompatible: 106,
  /** The host could not be started. */
  host_not_started: 107,
  /** The engine was made in another process, before a fork. */
  forked: 108,
  /** The result is too large to be handed over at once. */
  result_too_large: 109,
  out_of_memory: 110,
  /** A call that would wait for the thread that it is made on. */
  would_deadlock: 111,
  /** A bug in the library. */
  internal: 112,
} as const;

export const STATUS = { ok: 0, ...CATALOGUE_STATUS, ...LIBRARY_STATUS } as const;
export type StatusName = keyof typeof STATUS;
