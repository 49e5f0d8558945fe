/** Whatever is done to an exported log is found, at the right event; what was not touched is found right. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { arbitraryLife } from '../../../../testing/arbitrary-history.js';
import { STREAM } from '../../../../testing/decider.js';
import { isJsonArray, isJsonObject, type JsonValue } from '../json/json-value.js';
import { AUDIT_FORMAT, AuditFileVerifier, auditLine, type AuditReport } from './audit-file.js';
import { canonicalEvent } from './canonical-event.js';
import { bodyHash, CHAIN_START, chainHash, eventHashSchema, type EventHash } from './hash-chain.js';

const sha256 = (data: string | Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

interface Export {
  readonly header: Record<string, JsonValue>;
  readonly lines: string[];
  readonly hashes: EventHash[];
}

function exported(records: readonly string[], after = 0): Export {
  const hashes: EventHash[] = [];
  for (const record of records) {
    hashes.push(chainHash(hashes.at(-1) ?? CHAIN_START, bodyHash(record, sha256), sha256));
  }
  const lines = records.map((record, index) => auditLine(index + 1, hashes[index]!, record)).slice(after);
  const header = {
    format: AUDIT_FORMAT,
    format_version: 1,
    stream_id: STREAM,
    after_sequence: after,
    anchor: hashes[after - 1] ?? CHAIN_START,
    head_sequence: records.length,
    head: hashes.at(-1) ?? CHAIN_START,
    filter: null,
    exported_at: '2026-01-01T00:00:00.000Z',
  };
  return { header, lines, hashes };
}

function verified(header: object, lines: readonly string[], noted?: EventHash): AuditReport {
  const verifier = AuditFileVerifier.begin(JSON.stringify(header), sha256, noted);
  for (const line of lines) if (!verifier.line(line)) break;
  return verifier.end();
}

/** Three events at least, so that there is a middle. */
const arbitraryExport = arbitraryLife
  .filter(({ events }) => events.length >= 3)
  .map(({ events }) => exported(events.map((event) => canonicalEvent(event).record)));

/** Every place in a value, as the path to it. */
function placesOf(value: JsonValue, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (isJsonArray(value)) return [path, ...value.flatMap((item, index) => placesOf(item, [...path, index]))];
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

function replacedAt(value: JsonValue, path: readonly (string | number)[]): JsonValue {
  const [token, ...rest] = path;
  if (token === undefined) return typeof value === 'string' ? `${value}x` : 'tampered';
  if (isJsonArray(value)) return value.map((item, index) => (index === token ? replacedAt(item, rest) : item));
  const members = Object.entries(value as Record<string, JsonValue>);
  return Object.fromEntries(members.map(([key, item]) => [key, key === token ? replacedAt(item, rest) : item]));
}

it('finds a whole export right, and knows an earlier head in it', () => {
  fc.assert(
    fc.property(arbitraryExport, fc.nat(), ({ header, lines, hashes }, pick) => {
      const report = verified(header, lines, hashes[pick % hashes.length]);
      expect(report).toMatchObject({ fault: null, first: 1, last: lines.length, head: hashes.at(-1), anchored: true });
      expect(report.notedHeadAt).toBe((pick % hashes.length) + 1);
    }),
    { numRuns: 100 },
  );
});

it('finds any changed value of any event, at that event', () => {
  fc.assert(
    fc.property(arbitraryExport, fc.nat(), fc.nat(), ({ header, lines }, at, place) => {
      const index = at % lines.length;
      const line = JSON.parse(lines[index]!) as { sequence: number; hash: string; event: JsonValue };
      const places = placesOf(line.event).slice(1);
      const event = replacedAt(line.event, places[place % places.length]!);
      const forged = lines.with(index, JSON.stringify({ ...line, event }));
      expect(verified(header, forged).fault).toMatchObject({ sequence: index + 1 });
    }),
    { numRuns: 500 },
  );
});

it('finds an event that was left out, sent twice, moved, or given another number or hash', () => {
  fc.assert(
    fc.property(arbitraryExport, fc.nat(), ({ header, lines, hashes }, at) => {
      const index = at % lines.length;
      const sequence = index + 1;
      const line = lines[index]!;
      const isLast = index === lines.length - 1;
      const without = lines.toSpliced(index, 1);
      expect(verified(header, without).fault?.sequence).toBe(isLast ? sequence : sequence + 1);
      expect(verified(header, lines.toSpliced(index, 0, line)).fault).toMatchObject({ sequence });
      const renumbered = without.map((each, place) => each.replace(/^\{"sequence":\d+/, `{"sequence":${place + 1}`));
      const shortened = { ...header, head_sequence: renumbered.length };
      expect(verified(shortened, renumbered).fault?.sequence).toBe(isLast ? index : sequence);
      expect(verified(header, lines.with(index, line.replace(hashes[index]!, CHAIN_START))).fault).toMatchObject({
        sequence,
      });
      if (isLast) return;
      const swapped = lines.with(index, lines[index + 1]!).with(index + 1, line);
      expect(verified(header, swapped).fault).toMatchObject({ sequence: sequence + 1 });
      const exchanged = [JSON.parse(swapped[index]!), JSON.parse(line)] as { event: JsonValue }[];
      const bodies = lines.with(index, JSON.stringify({ ...exchanged[1], event: exchanged[0]!.event }));
      expect(verified(header, bodies).fault).toMatchObject({ sequence });
    }),
    { numRuns: 150 },
  );
});

describe('a chain that was written anew', () => {
  const records = [1, 2, 3].map((n) => `{"document_id":"d","n":${n},"stream_id":"${STREAM}","version":${n}}`);
  const original = exported(records);
  const rewritten = exported(records.with(1, records[1]!.replace('"n":2', '"n":20')));

  it('is found against a noted head only', () => {
    expect(verified(rewritten.header, rewritten.lines).fault).toBeNull();
    const report = verified(rewritten.header, rewritten.lines, original.hashes[2]);
    expect(report.fault).toMatchObject({ sequence: 3, problem: expect.stringContaining('noted head') as string });
    expect(report.notedHeadAt).toBeNull();
  });

  it('still holds what was noted before the change', () => {
    expect(verified(rewritten.header, rewritten.lines, original.hashes[0]).fault).toBeNull();
  });
});

describe('a part of a log', () => {
  const records = [1, 2, 3, 4].map((n) => `{"document_id":"d${n}","n":${n},"stream_id":"${STREAM}","version":${n}}`);

  it('is verified from its anchor on', () => {
    const { header, lines, hashes } = exported(records, 2);
    expect(verified(header, lines)).toMatchObject({ fault: null, first: 3, last: 4, anchored: true });
    expect(verified(header, lines, hashes[1]).notedHeadAt).toBe(2);
    expect(verified({ ...header, anchor: CHAIN_START }, lines).fault).toMatchObject({
      sequence: 3,
      documentId: 'd3',
      version: 3,
    });
  });

  it('without an anchor takes its first event as it is, and says so', () => {
    const { header, lines } = exported(records, 2);
    const report = verified({ ...header, anchor: null }, lines);
    expect(report).toMatchObject({ fault: null, first: 3, last: 4, anchored: false });
    const forged = lines.with(1, lines[1]!.replace('"n":4', '"n":5'));
    expect(verified({ ...header, anchor: null }, forged).fault).toMatchObject({ sequence: 4 });
    const hashless = lines.map((line) => line.replace(/"hash":"\w+"/, '"hash":"none"'));
    expect(verified({ ...header, anchor: null }, hashless).fault).toMatchObject({ sequence: 3 });
  });

  it('that was cut off is told from a whole one', () => {
    const { header, lines } = exported(records);
    expect(verified(header, lines.slice(0, 3)).fault).toMatchObject({
      sequence: 4,
      problem: expect.stringContaining('is missing') as string,
    });
    expect(verified(header, [...lines.slice(0, 3), lines[3]!.slice(0, 30)]).fault).toMatchObject({ sequence: 4 });
    expect(verified({ ...header, head_sequence: 3 }, lines).fault).toMatchObject({ sequence: 4 });
    expect(verified({ ...header, head: CHAIN_START }, lines).fault).toMatchObject({ sequence: 4 });
  });

  it('of another stream is not taken for this one', () => {
    const { header, lines } = exported(records.map((record) => record.replace(STREAM, 'elsewhere')));
    expect(verified(header, lines).fault).toMatchObject({ sequence: 1, problem: 'belongs to another stream' });
  });
});

it('takes an empty log', () => {
  const { header, lines } = exported([]);
  expect(verified(header, lines)).toMatchObject({ fault: null, first: 1, last: 0, head: CHAIN_START });
});

it.each([
  ['nothing', '', /no exported audit log/],
  ['an event', '{"sequence":1}', /no exported audit log/],
  ['a chosen few', JSON.stringify({ ...exported([]).header, filter: { user: 'x' } }), /filter/],
])('refuses a file that begins with %s', (_, line, why) => {
  expect(() => AuditFileVerifier.begin(line, sha256)).toThrow(why);
});

it('knows a hash when it sees one', () => {
  expect(eventHashSchema.safeParse('A'.repeat(64)).success).toBe(false);
  expect(eventHashSchema.parse(CHAIN_START)).toBe(CHAIN_START);
});
