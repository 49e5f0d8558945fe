/** Faults put in on purpose, by tests only, to see that the simulator finds them. */

export const PLANTED_FAULTS = [
  /** The database acknowledges a commit now and then that it does not keep. */
  'lost-commit',
  /** Nobody remembers which mutations were carried out. */
  'forgotten-mutations',
  /** Two nodes can both write the same version of a document. */
  'unguarded-versions',
  /** A change that lost is not written to the ledger. */
  'silent-loss',
  /** Any user is a member of every stream. */
  'open-door',
  /** A client's newest change is gone after a crash. */
  'amnesiac-outbox',
  /** A client passes over the last event of a frame now and then. */
  'skipped-event',
] as const;

export type PlantedFault = (typeof PLANTED_FAULTS)[number];
