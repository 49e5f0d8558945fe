import { SyncError, toChangeEvent } from '@json-database-sync/domain';
import { decodeEvents, encodeEvents } from './event-codec.js';
import { logEvent } from './local-store-events.suite.js';

const events = Array.from({ length: 60 }, (_, n) => toChangeEvent(logEvent(1, n + 1, n + 1)));

it.each([1, 2, 60])('gives back %d events as they were, member for member', (count) => {
  const some = events.slice(0, count);
  const decoded = decodeEvents(encodeEvents(some));
  expect(decoded).toEqual(some);
  expect(JSON.stringify(decoded)).toBe(JSON.stringify(some));
});

it('reads what earlier programs wrote of one event', () => {
  const text = '{"shapes":[["sequence","title"]],"events":[0],"values":{"sequence":[7],"title":["é"]}}';
  expect(decodeEvents(Buffer.from(`\0${text}`))).toEqual([{ sequence: 7, title: 'é' }]);
});

it('keeps members that it knows nothing of', () => {
  const later = events.map((event, n) => (n % 2 ? event : { ...event, hash: `h${n}` }));
  expect(decodeEvents(encodeEvents(later))).toEqual(later);
});

it('makes a run of changes much smaller than they are one by one', () => {
  const alone = events.reduce((sum, event) => sum + encodeEvents([event]).length, 0);
  expect(encodeEvents(events).length).toBeLessThan(alone / 5);
});

it.each([Buffer.of(), Buffer.of(1, 2, 3), Buffer.from('\0not json'), encodeEvents(events).subarray(0, 200)])(
  'says so where the bytes are damaged: %#',
  (bytes) => {
    expect(() => decodeEvents(bytes)).toThrow(SyncError);
  },
);
