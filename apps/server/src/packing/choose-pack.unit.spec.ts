import {
  PACK_CHARACTERS,
  PACK_EVENTS,
  SMALLEST_PACK,
  choosePack,
  type LastPack,
  type PackableRow,
} from './choose-pack.js';

/** Rows from a version on; every second number of the stream is theirs. */
const rows = (first: number, count: number, change: Partial<PackableRow> = {}): PackableRow[] =>
  Array.from({ length: count }, (_, n) => ({
    version: first + n,
    sequence: 2 * (first + n),
    characters: 100,
    packable: true,
    ...change,
  }));

const pack = (firstVersion: number, lastVersion: number, change: Partial<LastPack> = {}): LastPack => ({
  firstVersion,
  lastVersion,
  firstSequence: 2 * firstVersion,
  characters: 100,
  ...change,
});

describe('a new pack', () => {
  it('waits for enough events, and takes no more than one pack holds', () => {
    expect(choosePack([], null)).toBeNull();
    expect(choosePack(rows(1, SMALLEST_PACK - 1), null)).toBeNull();
    expect(choosePack(rows(1, SMALLEST_PACK), null)).toEqual({ first: 1, last: SMALLEST_PACK, grown: null });
    expect(choosePack(rows(1, PACK_EVENTS + 1), null)).toEqual({ first: 1, last: PACK_EVENTS, grown: null });
  });

  it('ends before what is too young, and before a hole', () => {
    const young = [...rows(1, 40), ...rows(41, 40, { packable: false }), ...rows(81, 40)];
    expect(choosePack(young, null)).toEqual({ first: 1, last: 40, grown: null });
    expect(choosePack([...rows(1, 40), ...rows(42, 40)], null)).toEqual({ first: 1, last: 40, grown: null });
    expect(choosePack([...rows(1, 10), ...rows(12, 80)], null)).toBeNull();
  });

  it('ends where it would be too long, in characters or in numbers of the stream', () => {
    const long = rows(1, 20, { characters: PACK_CHARACTERS / 8 });
    expect(choosePack(long, null)).toEqual({ first: 1, last: 8, grown: null });
    expect(choosePack(rows(1, 3, { characters: 2 * PACK_CHARACTERS }), null)).toEqual({
      first: 1,
      last: 1,
      grown: null,
    });
    const wide = [...rows(1, 40), ...rows(41, 40, { sequence: 3_000_000_000 })];
    expect(choosePack(wide, null)).toEqual({ first: 1, last: 40, grown: null });
  });
});

describe('the last pack', () => {
  it('grows while there is room for as many as a pack needs', () => {
    const growing = PACK_EVENTS - SMALLEST_PACK;
    expect(choosePack(rows(51, 60), pack(1, 50))).toEqual({ first: 51, last: 110, grown: 50 });
    expect(choosePack(rows(growing + 1, 60), pack(1, growing))).toEqual({
      first: growing + 1,
      last: PACK_EVENTS,
      grown: growing,
    });
    expect(choosePack(rows(growing + 2, 60), pack(1, growing + 1))).toMatchObject({ grown: null });
    expect(choosePack(rows(51, SMALLEST_PACK - 1), pack(1, 50))).toBeNull();
  });

  it('is left alone where it is full of text, or does not end before the rows', () => {
    expect(choosePack(rows(51, 40), pack(1, 50, { characters: PACK_CHARACTERS }))).toMatchObject({ grown: null });
    expect(choosePack(rows(52, 40), pack(1, 50))).toMatchObject({ first: 52, grown: null });
  });
});
