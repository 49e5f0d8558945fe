/** The spliced text is the RFC 8785 text of the record, whatever the event holds, and storing it changes nothing. */
import fc from 'fast-check';
import {
  canonicalJson,
  fromChangeEvent,
  toChangeEvent,
  type ChangeEvent,
  type DocumentEvent,
  type JsonValue,
} from '../index.js';
import { arbitraryLife } from '../../../../testing/arbitrary-history.js';
import {
  created,
  deleted,
  history,
  LAPTOP,
  PHONE,
  restored,
  set,
  STREAM,
  updated,
} from '../../../../testing/decider.js';
import { canonicalEvent } from './canonical-event.js';

const stored = (event: DocumentEvent): ChangeEvent => {
  const text = JSON.stringify(toChangeEvent({ ...event, sequence: 7 }));
  return JSON.parse(text) as ChangeEvent;
};

/** The record as the documentation describes it. */
function recordOf(event: DocumentEvent): JsonValue {
  const { sequence, ...fields } = stored(event) as unknown as Record<string, JsonValue>;
  expect(sequence).toBe(7);
  return { title: null, ...fields, stream_id: event.streamId };
}

const life = history(
  created({ b: [1, { z: 'ä', a: -0 }], a: '"\\\u2028' }, 'A "title"'),
  updated(PHONE, [set('/a', { y: 1, x: [] }), { op: 'move', from: '/b/0', path: '/c' }], 'Another'),
  deleted(LAPTOP),
  restored(PHONE),
);
const undo: DocumentEvent = { ...life.events[1]!, cause: { version: 2, kind: 'undo' } };

it.each([...life.events, undo].map((event) => [event.cause?.kind ?? event.type, event] as const))(
  'writes the record of one %s in canonical form',
  (_, event) => {
    const { record, forward, reverse } = canonicalEvent(event);
    const after = life.states[event.version]!.content;
    expect(canonicalEvent(event, canonicalJson(after))).toEqual({ record, forward, reverse });
    expect(record).toBe(canonicalJson(recordOf(event)));
    const change = toChangeEvent({ ...event, sequence: 1 }) as unknown as Record<string, JsonValue>;
    expect(forward).toBe(change['forward_patch'] === null ? null : canonicalJson(change['forward_patch']!));
    expect(reverse).toBe(change['reverse_patch'] === null ? null : canonicalJson(change['reverse_patch']!));
  },
);

it('holds for any event, before it is stored and after', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ events }) => {
      for (const event of events) {
        const { record } = canonicalEvent(event);
        expect(record).toBe(canonicalJson(recordOf(event)));
        expect(canonicalEvent(fromChangeEvent(stored(event), STREAM)).record).toBe(record);
      }
    }),
    { numRuns: 300 },
  );
});
