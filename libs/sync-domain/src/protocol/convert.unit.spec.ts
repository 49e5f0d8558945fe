/** What goes over the wire comes back as it was: through the conversion, JSON text and the receiver's schema. */
import fc from 'fast-check';
import { arbitraryLife, type Life } from '../../../../testing/arbitrary-history.js';
import { created, deleted, history, PHONE, restored, STREAM, updated } from '../../../../testing/decider.js';
import type { DocumentEvent, Sequenced } from '../document/change-event.js';
import { SyncError } from '../errors/sync-error.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { classicChangeEventSchema } from './classic-down.js';
import {
  fromChangeEvent,
  fromWireDocument,
  toChangeEvent,
  toClassicChangeEvent,
  toWireDocument,
  toWireError,
} from './convert.js';
import { wireDocumentSchema } from './shapes.js';
import { changeEventSchema, streamingDownSchema } from './streaming-down.js';

const overTheWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));
const text = (value: object): string => canonicalJson(value as unknown as JsonValue);
const sequenced = ({ events }: Pick<Life, 'events'>): Sequenced[] =>
  events.map((event: DocumentEvent, index) => ({ ...event, sequence: index + 7 }));

const holds = (law: (life: Life) => void) => fc.assert(fc.property(arbitraryLife, law), { numRuns: 150 });

describe('a document', () => {
  it('comes back from the wire as it was', () => {
    holds(({ states }) => {
      for (const state of states) {
        if (!state) continue;
        const received = wireDocumentSchema.parse(overTheWire(toWireDocument(state)));
        expect(text(fromWireDocument(received, STREAM))).toBe(text(state));
      }
    });
  });

  it('tells nothing of itself but the fields of the protocol', () => {
    const state = history(created({ a: 1 })).state!;
    const leaky = { ...state, streamId: STREAM, internal: 'secret' };
    expect(Object.keys(toWireDocument(leaky)).sort()).toEqual(Object.keys(wireDocumentSchema.shape).sort());
  });
});

describe('an event', () => {
  it('comes back from the wire as it was', () => {
    holds((life) => {
      for (const event of sequenced(life)) {
        const received = changeEventSchema.parse(overTheWire(toChangeEvent(event)));
        expect(text(fromChangeEvent(received, STREAM))).toBe(text(event));
      }
    });
  });

  it('is one that the classic dialect can read, its patches the same', () => {
    holds((life) => {
      for (const event of sequenced(life)) {
        const received = classicChangeEventSchema.parse(overTheWire(toClassicChangeEvent(event)));
        const { sequence, document_id, user_id, revision_id, created_at, forward_patch, reverse_patch } =
          toChangeEvent(event);
        expect(text(received)).toBe(
          text({
            ...{ sequence, document_id, user_id, revision_id, created_at, forward_patch, reverse_patch },
            event_type: event.type === 'restore' ? 'create' : event.type,
          }),
        );
      }
    });
  });

  it('carries the change of the title to streaming clients', () => {
    const [, event] = sequenced(history(created({}), updated(PHONE, [], 'Errands')));
    expect(toChangeEvent(event!)).toMatchObject({ event_type: 'update', title: { from: 'Groceries', to: 'Errands' } });
  });

  it('is told to classic clients as one of the three types that they know', () => {
    const past = history(created({}), updated(PHONE, []), deleted(PHONE), restored(PHONE));
    const types = sequenced(past).map((event) => toClassicChangeEvent(event).event_type);
    expect(types).toEqual(['create', 'update', 'delete', 'create']);
  });

  it('may be reversed by more operations than a patch may have, and be read nevertheless', () => {
    const content = { from: Object.fromEntries(range(2_000).map((i) => [i, i])), to: { ...range(2_000) } };
    const patch = range(2_000).map((i) => ({ op: 'move' as const, from: `/from/${i}`, path: `/to/${i}` }));
    const [, event] = sequenced(history(created(content), updated(PHONE, patch)));
    expect(event!.reverse).toHaveLength(4_000);
    expect(text(fromChangeEvent(changeEventSchema.parse(overTheWire(toChangeEvent(event!))), STREAM))).toBe(
      text(event!),
    );
  });

  it('may name an index where its author, at the limit of a pointer, wrote a dash, and be read nevertheless', () => {
    const key = 'k'.repeat(4_000 - '//-'.length);
    const content = { [key]: range(12) };
    const past = history(created(content), updated(PHONE, [{ op: 'add', path: `/${key}/-`, value: 1 }]));
    const [, event] = sequenced(past);
    expect(event!.reverse).toEqual([{ op: 'remove', path: `/${key}/12` }]);
    expect(changeEventSchema.safeParse(overTheWire(toChangeEvent(event!))).success).toBe(true);
  });
});

describe('an error', () => {
  it('goes over the wire with its code, what happened, and whether to try again', () => {
    const error = new SyncError('overloaded', 'too much to do', {
      details: { retry_after_ms: 5 },
      cause: new Error('inner'),
    });
    const wire = toWireError(error);
    expect(wire).toEqual({
      code: 'overloaded',
      message: 'too much to do',
      retryable: true,
      details: { retry_after_ms: 5 },
    });
    expect(streamingDownSchema.parse(overTheWire({ type: 'error', ...wire }))).toEqual({ type: 'error', ...wire });
  });

  it('has no details where there are none', () => {
    expect(toWireError(new SyncError('forbidden', 'no'))).toEqual({
      code: 'forbidden',
      message: 'no',
      retryable: false,
    });
  });
});

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
