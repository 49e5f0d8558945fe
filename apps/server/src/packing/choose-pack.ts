/** Which events of a document go into its next pack. Pure: what there is comes in, what is to be moved goes out. */

/** A pack holds at most this many events, so that reading one of them costs little. */
export const PACK_EVENTS = 128;
/** And at most so much text, unless its first event alone is longer. */
export const PACK_CHARACTERS = 1024 * 1024;
/** Fewer are left as rows until there are more: a small pack compresses badly. */
export const SMALLEST_PACK = 32;

/** An event that is still a row. */
export interface PackableRow {
  readonly version: number;
  readonly sequence: number;
  readonly characters: number;
  /** Old enough, and of the form that a pack can hold. */
  readonly packable: boolean;
}

/** The newest pack of the document. */
export interface LastPack {
  readonly firstVersion: number;
  readonly lastVersion: number;
  readonly firstSequence: number;
  readonly characters: number;
}

export interface ChosenPack {
  /** Versions of the rows to move. */
  readonly first: number;
  readonly last: number;
  /** `lastVersion` of the pack that they join; null where they make a new one. */
  readonly grown: number | null;
}

/** What a pack keeps of a sequence is its distance from the first one, in 32 bits. */
const WIDEST_PACK = 2_147_483_647;

/**
 * @param rows by version, oldest first; without the document's newest event, which stays a row for good: it is what
 * refuses a change that was decided on an older version
 */
export function choosePack(rows: readonly PackableRow[], lastPack: LastPack | null): ChosenPack | null {
  const first = rows[0];
  if (!first) return null;
  const grown = lastPack && mayGrow(lastPack, first) ? lastPack : null;
  const room = grown ? PACK_EVENTS - eventsIn(grown) : PACK_EVENTS;
  const firstSequence = grown?.firstSequence ?? first.sequence;
  let characters = grown?.characters ?? 0;
  let count = 0;
  let full = false;
  for (const row of rows) {
    // A log with a hole is reported by whoever verifies it, and left as it is.
    if (!row.packable || row.version !== first.version + count || row.sequence - firstSequence > WIDEST_PACK) break;
    full = count === room || (count > 0 && characters + row.characters > PACK_CHARACTERS);
    if (full) break;
    characters += row.characters;
    count += 1;
  }
  if (count === 0 || (count < SMALLEST_PACK && !full)) return null;
  return { first: first.version, last: first.version + count - 1, grown: grown?.lastVersion ?? null };
}

/** While there is room for a pack's worth, it grows: many small packs would take more space. */
function mayGrow(pack: LastPack, next: PackableRow): boolean {
  return (
    pack.lastVersion + 1 === next.version &&
    eventsIn(pack) <= PACK_EVENTS - SMALLEST_PACK &&
    pack.characters + next.characters <= PACK_CHARACTERS
  );
}

function eventsIn({ firstVersion, lastVersion }: LastPack): number {
  return lastVersion - firstVersion + 1;
}
