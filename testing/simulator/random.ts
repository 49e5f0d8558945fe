/** Seeded chance: the same seed gives the same numbers, and parts of a run have their own so as not to disturb others. */

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
    // Neighbouring seeds start out alike: stir a little.
    for (let turn = 0; turn < 4; turn++) this.next();
  }

  /** mulberry32: from 0 up to, but not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From 0 up to, but not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes16(): Uint8Array {
    return Uint8Array.from({ length: 16 }, () => this.below(256));
  }

  /** Another source, which depends on this one's seed and the name only. */
  static named(seed: number, name: string): Random {
    let hash = seed | 0;
    for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return new Random(hash);
  }
}
