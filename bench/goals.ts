/** What the project wants to reach: the numbers that figures name as their goal, in words. */
export const GOALS: readonly string[] = [
  'durable acknowledged updates a second, each writer waiting: 0.9 of a bare group-commit server, 4 x ShareDB',
  'the same with 16 unanswered each: 0.6 of the bare server',
  'fan-out to 100 readers, p50 and p95: within 1.2 x of the bare server',
  'changes delivered to 1,000 readers: 0.8 of ws with a prepared frame of as many',
  'a new client pulling 10,000 documents: 0.5 of better-sqlite3 alone',
  'catching up 10,000 updates: within 2 x of pg and better-sqlite3 alone',
  'durable local writes of the SDK: 0.8 of better-sqlite3 alone',
  'memory of the server for an idle client: 12 KB at most',
  'any version of a document with 10,000: a hundred or so patches',
  'history on disk: 90% less than a snapshot a version',
  'updates a second as documents and connections grow: flat within 20%',
  'cost of one changed field: grows with the change, not with the document, where the format allows',
];
