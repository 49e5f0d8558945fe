/** Every migration, oldest first. A new one is added at the end; one that has been released never changes. */
import { InitialSchema1795000000000 } from './1795000000000-initial-schema.js';
import { History1795000000001 } from './1795000000001-history.js';
import { Conflicts1795000000002 } from './1795000000002-conflicts.js';
import { HashChain1795000000003 } from './1795000000003-hash-chain.js';
import { StateDigest1795000000004 } from './1795000000004-state-digest.js';
import { EventPacks1795000000006 } from './1795000000006-event-packs.js';
import { CommitRows1795000000007 } from './1795000000007-commit-rows.js';

export const MIGRATIONS = [
  InitialSchema1795000000000,
  History1795000000001,
  Conflicts1795000000002,
  HashChain1795000000003,
  StateDigest1795000000004,
  EventPacks1795000000006,
  CommitRows1795000000007,
];
