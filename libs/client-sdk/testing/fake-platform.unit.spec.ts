/** The platform of tests: the conformance suite in virtual time, and what tests rely on beyond it. */
import { platformSuite } from '../src/platform/platform.suite.js';
import { passUntil } from './pass-until.js';
import { FakePlatform } from './fake-platform.js';

platformSuite('FakePlatform', () => {
  const platform = new FakePlatform(7);
  return { platform, until: (what, probe) => passUntil(platform, what, probe) };
});

test('a wall clock that is set back leaves the monotonic one alone', () => {
  const platform = new FakePlatform();
  const before = { now: platform.now(), monotonic: platform.monotonic() };
  platform.clockSkewMs = -3_600_000;
  expect({ now: platform.now(), monotonic: platform.monotonic() }).toEqual({
    now: before.now - 3_600_000,
    monotonic: before.monotonic,
  });
});

test('the same seed gives the same chance, another seed another', () => {
  const drawn = (seed: number) => new FakePlatform(seed).randomBytes16();
  expect(drawn(3)).toEqual(drawn(3));
  expect(drawn(3)).not.toEqual(drawn(4));
});

test('time stands still by itself, and a timer sees the moment at which it is due', async () => {
  const platform = new FakePlatform();
  const seen: number[] = [];
  platform.setTimer(7, () => void seen.push(platform.monotonic()));
  await platform.advance(6);
  expect(seen).toEqual([]);
  await platform.advance(10);
  expect(seen).toEqual([7]);
  expect([platform.monotonic(), platform.pendingTimers]).toEqual([16, 0]);
});
