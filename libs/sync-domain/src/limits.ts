/**
 * Every bound on what comes from outside, in one place. The server tells its clients the ones that concern them
 * in `auth_success.limits`. Sizes are in characters (UTF-16 code units) of JSON text unless the name says bytes.
 */
export const LIMITS = {
  /** One WebSocket frame, in bytes. */
  frameBytes: 8 * 1024 * 1024,
  /** A frame of a connection that has not authenticated yet, in bytes. */
  unauthenticatedFrameBytes: 16 * 1024,
  /** The canonical text of a document's content. */
  documentCharacters: 4 * 1024 * 1024,
  titleCharacters: 1_000,
  /** A document's version, and what names one: what a store can count to. */
  version: 2_147_483_647,
  /** Nesting of arrays and objects in a document's content. */
  documentDepth: 64,
  /** Nesting of a whole frame: the content and the message around it. */
  frameDepth: 80,
  patchOperations: 2_000,
  pointerCharacters: 4_000,
  vectorClockEntries: 64,
  mutationsPerFrame: 200,
  idsPerFrame: 1_000,
  streamsPerFrame: 200,
  changesPageDefault: 100,
  changesPageMax: 1_000,
  snapshotPage: 200,
  /** Documents of one page of a snapshot: they are passed on as text, and each page costs a round trip. */
  snapshotDocuments: 500,
  /** Digests of documents on one page. That a server names it tells its clients that it can compare digests. */
  digestPage: 1_000,
  /** A page of changes or of a snapshot also ends when its text has grown to this. */
  pageCharacters: 4 * 1024 * 1024,
  historyPageMax: 200,
  /** Events that one merge looks back over; an older base makes the whole change one unit. */
  mergeEvents: 1_000,
  /** Events that an undo, a redo or a revert looks back over. */
  undoEvents: 10_000,
  /** Versions from one that is kept whole to the next. */
  keyframeSpacing: 200,
  /** A value to search for, as JSON text, and its nesting. */
  searchCharacters: 4_000,
  searchDepth: 16,
  /** Paths of one search. */
  searchPaths: 8,
  /** Parts of a path to search at, and how many of them may be an index of an array as well as a key. */
  searchPathParts: 32,
  searchPathIndexes: 4,
  tokenCharacters: 1_000,
  emailCharacters: 254,
  passwordCharactersMin: 10,
  passwordCharactersMax: 1_000,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };
