/**
 * What the library and its host say to each other, over a socket pair. Both are built and shipped together: a host of
 * another `PROTOCOL` is refused.
 *
 * A frame is a header of 24 bytes and a body, integers little-endian:
 *
 *     0  u32  length of the body
 *     4  u8   kind, then three zeros
 *     8  u32  engine
 *    12  i32  request: operation; response: status; event: type; hello: PROTOCOL
 *    16  u48  request and response: which call; then two zeros
 *
 * The body of a request, an event and a failed response is a row of fields: a u32 length and so many bytes of UTF-8, or
 * the length `NULL_FIELD` alone. The body of a response that succeeded is its result as it is.
 */
export const PROTOCOL = 1;
export const HEADER_BYTES = 24;
export const NULL_FIELD = 0xffffffff;
/** Of one body. The greatest content takes 12 MiB; lists may take more. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

export const KIND = { hello: 1, request: 2, response: 3, event: 4 } as const;

/** The fields of each are where its handler is. */
export const OPERATION = {
  open: 1,
  close: 2,
  listen: 3,
  create: 10,
  update: 11,
  merge: 12,
  patch: 13,
  delete: 14,
  restore: 15,
  get: 16,
  list: 17,
  find: 18,
  search: 19,
  count: 20,
  undo: 30,
  redo: 31,
  revert: 32,
  history: 33,
  at_version: 34,
  conflicts: 40,
  dismiss_conflict: 41,
  apply_conflict: 42,
  connect: 50,
  disconnect: 51,
  sync_now: 52,
  synced: 53,
  status: 54,
  pending: 55,
} as const;
export type OperationName = keyof typeof OPERATION;
