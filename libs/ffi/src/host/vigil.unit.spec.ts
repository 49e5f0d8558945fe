import { Vigil } from './vigil.js';

/** The event loop and the clock, in the test's hands. */
function vigilOn(cores: number) {
  let now = 1_000;
  const rounds: (() => void)[] = [];
  const vigil = new Vigil({ now: () => now, goRound: (then) => rounds.push(then), cores });
  return {
    pass: (ms: number) => (now += ms),
    /** A read of the socket that brings so many calls, each answered at once. */
    calls: (count: number) => {
      vigil.called(count);
      for (let i = 0; i < count; i++) vigil.answered();
    },
    /** @returns whether the loop was kept from sleeping */
    goRound: () => {
      const waiting = rounds.splice(0);
      for (const then of waiting) then();
      return waiting.length > 0;
    },
  };
}

test('a call that stands alone is not waited on', () => {
  const host = vigilOn(2);
  host.calls(1);
  expect(host.goRound()).toBe(false);
  host.pass(5);
  host.calls(1);
  expect(host.goRound()).toBe(false);
});

test('after a call of a series the host stays awake for a tenth of a millisecond', () => {
  const host = vigilOn(2);
  host.calls(1);
  host.pass(0.2);
  host.calls(1);
  expect(host.goRound()).toBe(true);
  host.pass(0.09);
  expect(host.goRound()).toBe(true);
  host.pass(0.02);
  expect(host.goRound()).toBe(true);
  expect(host.goRound()).toBe(false);
});

test('every answer of a series begins the moment anew, and the loop is kept awake once for all', () => {
  const host = vigilOn(2);
  host.calls(1);
  for (let i = 0; i < 5; i++) {
    host.pass(0.08);
    host.calls(1);
    expect(host.goRound()).toBe(true);
  }
  host.pass(0.11);
  expect(host.goRound()).toBe(true);
  expect(host.goRound()).toBe(false);
});

test('many callers at once leave it to sleep, until calls have come singly for a while', () => {
  const host = vigilOn(2);
  host.calls(3);
  for (let i = 1; i < 64; i++) {
    host.calls(1);
    expect(host.goRound()).toBe(false);
  }
  host.calls(1);
  expect(host.goRound()).toBe(true);
});

test('the only core is left to the caller', () => {
  const host = vigilOn(1);
  host.calls(1);
  host.calls(1);
  expect(host.goRound()).toBe(false);
});
