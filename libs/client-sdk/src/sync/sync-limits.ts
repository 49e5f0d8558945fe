/** Every wait and bound of the engine, named. Milliseconds of the monotonic clock. */
export const SYNC_LIMITS = {
  /** From dialling to the subscription. */
  handshakeMs: 20_000,
  /** An answer that takes longer means that the connection is dead in all but name. */
  answerMs: 30_000,
  /** Silence after which the server is asked for a sign of life, and how long it has for it. */
  idleMs: 15_000,
  pongMs: 10_000,
  heartbeatMs: 5_000,
  /** How often a client that hears of no news asks whether there really is none. */
  lookAgainMs: 300_000,
  /** How often a client that is caught up holds its copy against the server's (jittered), and how soon again at most. */
  verifyMs: 300_000,
  verifyQuietMs: 10_000,
  /** Wait where an answer was of another sequence than ours, and how often it is asked for in a row. */
  verifyRetryMs: 1_000,
  verifyAttempts: 5,
  /** Times that one verification puts documents right before it gives up. */
  verifyRounds: 2,
  /** Documents of a local count that are read at once. */
  scanDocuments: 50,
  /** Documents that are put right one by one; where more differ a snapshot is less work. */
  repairDocuments: 1_000,
  repairPage: 100,
  /** Changes of another process on the same file are pushed by us only when it has not done so for this long. */
  foreignOutboxMs: 10_000,
  /** Text of one `mutate` frame, in characters: even at three bytes each it stays within the server's frame limit. */
  pushCharacters: 1024 * 1024,
  /** Pulls in a row that bring nothing although the server says that there is more. */
  fruitlessPulls: 3,
  /** The first repair comes at once; the next ones wait, doubling. After a quiet while the count starts anew. */
  repairInitialMs: 1_000,
  repairMaxMs: 300_000,
  repairQuietMs: 600_000,
  /** Wait after a request that the server could not serve just now. */
  retryInitialMs: 500,
  retryMaxMs: 30_000,
  /** The longest wait that a server may ask for. */
  askedWaitMaxMs: 60_000,
  /** A token that was refused is asked for again no sooner. */
  reauthenticateInitialMs: 30_000,
  reauthenticateMaxMs: 600_000,
  /** A connection that held this long starts the backoff anew. */
  steadyMs: 10_000,
  snapshotPageMax: 1_000,
} as const;
