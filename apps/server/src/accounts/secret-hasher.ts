/**
 * Slow hashes of what people choose: passwords, and the tokens of demo mode. Argon2id with the parameters that OWASP's
 * Password Storage Cheat Sheet recommends (19 MiB, two passes, one lane).
 *
 * Hashing is dear on purpose, so it is bounded: a few at a time, a bounded queue, and beyond that `overloaded`, so that
 * a flood of log-ins can take neither the memory nor the threads that the database driver needs.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { argon2id, hash, verify } from 'argon2';
import { LRUCache } from 'lru-cache';
import { Turns, type TurnBounds } from '../turns.js';

const ARGON2 = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** libuv has four threads, and two are left for files and name look-ups; at some 20 ms each, the last waits seconds. */
const BOUNDS = { atOnce: 2, waiting: 200 };

/** That a secret matches a hash stays true for good, so this bounds memory, not staleness. */
const REMEMBERED = 10_000;
const REMEMBERED_MS = 10 * 60_000;

export class SecretHasher {
  private readonly turns: Turns;
  /**
   * Proofs that succeeded, so that a client which connects again and again costs one hash. The key names the hash, which
   * is read anew each time: once a credential is changed or removed, no old proof fits it.
   */
  private readonly proven = new LRUCache<string, true>({ max: REMEMBERED, ttl: REMEMBERED_MS });
  /** Keeps the remembered proofs from being anything like an unsalted hash of the secrets. */
  private readonly pepper = randomBytes(32);
  private dummy: Promise<string> | undefined;

  constructor(bounds: TurnBounds = BOUNDS) {
    this.turns = new Turns(bounds, 'too many log-ins at this moment');
  }

  hash(secret: string): Promise<string> {
    return this.turns.take(() => hash(secret, ARGON2));
  }

  /**
   * Whether `secret` is what was hashed. Where there is no hash it answers false and takes as long as if there were one,
   * so that timing does not tell whether a user exists.
   */
  async verify(stored: string | null | undefined, secret: string): Promise<boolean> {
    if (stored == null) {
      const dummy = await (this.dummy ??= this.makeDummy());
      await this.turns.take(() => verify(dummy, secret));
      return false;
    }
    const proof = createHmac('sha256', this.pepper).update(`${stored}\0${secret}`).digest('base64');
    if (this.proven.get(proof)) return true;
    const matches = await this.turns.take(() => verify(stored, secret));
    if (matches) this.proven.set(proof, true);
    return matches;
  }

  private makeDummy(): Promise<string> {
    const made = this.hash(randomBytes(16).toString('base64'));
    made.catch(() => (this.dummy = undefined));
    return made;
  }
}
