/** The other numbers of the C ABI. Promised like the status codes. */

export const EVENT_TYPE = {
  document_created: 1,
  document_updated: 2,
  document_deleted: 3,
  document_restored: 4,
  sync_started: 5,
  sync_completed: 6,
  sync_error: 7,
  conflict: 8,
  connection: 9,
  log: 10,
  /** The queue was full, or the host died: there were events that nobody was told of. */
  events_missed: 11,
} as const;

export const ORIGIN = { none: 0, local: 1, remote: 2 } as const;

export const CONNECTION = { offline: 0, connecting: 1, online: 2 } as const;

export const LOG_LEVEL = { off: 0, error: 1, warn: 2, info: 3, debug: 4 } as const;

export const CALLBACKS = {
  /** From `sync_engine_process_events`, on the thread that calls it. */
  polled: 0,
  /** From a thread of the library. */
  threaded: 1,
} as const;

export const DOCUMENT_FLAGS = { none: 0, include_deleted: 1 } as const;
export const UNDO_FLAGS = { none: 0, force: 1 } as const;

/** C's name of each enum, and its members. */
export const ENUMS = {
  event_type: { prefix: 'EVENT', members: EVENT_TYPE },
  origin: { prefix: 'ORIGIN', members: ORIGIN },
  connection_state: { prefix: 'CONNECTION', members: CONNECTION },
  log_level: { prefix: 'LOG', members: LOG_LEVEL },
  callback_mode: { prefix: 'CALLBACKS', members: CALLBACKS },
  document_flags: { prefix: 'DOCUMENT', members: DOCUMENT_FLAGS },
  undo_flags: { prefix: 'UNDO', members: UNDO_FLAGS },
} as const;
