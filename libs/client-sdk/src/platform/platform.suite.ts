/**
 * What every Platform must do. Takes a factory, and a way to let its time pass until something is so: the real one's
 * passes by itself, a virtual one's has to be moved.
 */
import { timestamp, type Platform } from './platform.js';

export interface PlatformWorld {
  readonly platform: Platform;
  until(what: string, probe: () => boolean): Promise<void>;
}

/** FIPS 180-2's examples, and texts whose UTF-8 bytes are not their UTF-16 ones; by coreutils' sha256sum. */
const SHA256: readonly (readonly [name: string, text: string, hex: string])[] = [
  ['nothing', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['a million letters', 'a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ['more than ASCII', 'Grüße, 世界 😀', '921467e899170b841a63bd6514aeed31eb6339fe50c43e03bff5c9520f0790b1'],
];

export function platformSuite(name: string, create: () => PlatformWorld): void {
  describe(`${name} as a platform`, () => {
    let world: PlatformWorld;
    let platform: Platform;
    let ran: string[];
    beforeEach(() => {
      world = create();
      ({ platform } = world);
      ran = [];
    });

    const note = (what: string) => () => void ran.push(what);
    const hasRun = (what: string) => world.until(`the timer "${what}"`, () => ran.includes(what));

    test('timers run in the order in which they are due, equal ones in that of their setting, each once', async () => {
      platform.setTimer(30, note('third'));
      platform.setTimer(5, note('first'));
      platform.setTimer(15, note('second'));
      platform.setTimer(30, note('fourth'));
      platform.setTimer(60, note('last'));
      await hasRun('last');
      expect(ran).toEqual(['first', 'second', 'third', 'fourth', 'last']);
    });

    test('a timer never runs before its setting has returned, also one that is due at once', async () => {
      platform.setTimer(0, note('timer'));
      ran.push('set');
      await hasRun('timer');
      expect(ran).toEqual(['set', 'timer']);
    });

    test('a timer set by a timer runs after it', async () => {
      platform.setTimer(2, () => {
        platform.setTimer(2, note('inner'));
        ran.push('outer');
      });
      await hasRun('inner');
      expect(ran).toEqual(['outer', 'inner']);
    });

    test('a background timer runs as any other while there is something else to live for', async () => {
      platform.setTimer(2, note('background'), { background: true });
      platform.setTimer(20, note('other'));
      await hasRun('other');
      expect(ran).toEqual(['background', 'other']);
    });

    test('a cancelled timer does not run, and only that one; cancelling twice does nothing', async () => {
      const cancel = platform.setTimer(2, note('cancelled'));
      platform.setTimer(2, note('kept'));
      cancel();
      cancel();
      platform.setTimer(20, note('last'));
      await hasRun('last');
      expect(ran).toEqual(['kept', 'last']);
    });

    test('a timer cancels another that is due at the same moment', async () => {
      platform.setTimer(2, () => {
        cancel();
        ran.push('canceller');
      });
      const cancel = platform.setTimer(2, note('cancelled'));
      platform.setTimer(20, note('last'));
      await hasRun('last');
      expect(ran).toEqual(['canceller', 'last']);
    });

    test('cancelling late, from within or afterwards, does nothing', async () => {
      const cancel = platform.setTimer(2, () => {
        cancel();
        ran.push('itself');
      });
      await hasRun('itself');
      platform.setTimer(2, note('next'));
      cancel();
      await hasRun('next');
      expect(ran).toEqual(['itself', 'next']);
    });

    test('the monotonic clock never goes back, and goes on', async () => {
      const seen = [platform.monotonic()];
      const look = () => void seen.push(platform.monotonic());
      for (let n = 0; n < 1_000; n++) look();
      for (const delay of [1, 2, 3, 5, 8]) platform.setTimer(delay, look);
      platform.setTimer(20, note('last'));
      await hasRun('last');
      look();
      expect(seen).toHaveLength(1_007);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(seen.at(-1)).toBeGreaterThan(seen[0]!);
    });

    test('the wall clock counts whole milliseconds since 1970', () => {
      expect(Number.isSafeInteger(platform.now())).toBe(true);
      expect(platform.now()).toBeGreaterThan(Date.UTC(2024, 0, 1));
      expect(timestamp(platform)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    test('a random number is one from 0 up to, but not including, 1, and another every time', () => {
      const numbers = Array.from({ length: 1_000 }, () => platform.random());
      expect(numbers.filter((n) => !(n >= 0 && n < 1))).toEqual([]);
      expect(new Set(numbers).size).toBeGreaterThan(990);
    });

    test('random bytes are sixteen, others every time at every place, and the caller may keep them', () => {
      const draws = Array.from({ length: 200 }, () => platform.randomBytes16());
      expect(draws.filter((bytes) => !(bytes instanceof Uint8Array) || bytes.length !== 16)).toEqual([]);
      expect(new Set(draws.map((bytes) => bytes.join())).size).toBe(draws.length);
      const valuesAt = Array.from({ length: 16 }, (_, place) => new Set(draws.map((bytes) => bytes[place])).size);
      expect(Math.min(...valuesAt)).toBeGreaterThan(50);
    });

    test.each(SHA256)('SHA-256 of %s', (_name, text, hex) => {
      expect(platform.sha256Hex(text)).toBe(hex);
    });
  });
}
