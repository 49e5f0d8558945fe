/**
 * Begins to read what will most likely be asked for next, while what was asked for is on its way: a client that pulls a snapshot
 * comes back for the next page as soon as it has one.
 *
 * Invariants: what is read is handed out once at most, and is what reading it then would give; no more than so many pages are kept,
 * and what nobody has come for gives way to others after so many questions. Where there is no room nothing is read ahead, so
 * that under load no page is read twice.
 */
interface Ahead<T> {
  readonly page: Promise<T>;
  /** How many questions there had been when it was begun. */
  readonly begunAt: number;
}

/** Of a few MB each at most. */
const MOST_PAGES = 4;
/** Questions after which nobody is expected to come any more. */
const PATIENCE = 64;

export class ReadAhead<T> {
  private readonly pages = new Map<string, Ahead<T>>();
  private questions = 0;

  /** @returns undefined where it has not been read ahead, or could not be */
  async take(key: string): Promise<T | undefined> {
    this.questions++;
    const ahead = this.pages.get(key);
    this.pages.delete(key);
    try {
      return await ahead?.page;
    } catch {
      // Whoever asks reads it himself, and is told what is wrong then.
      return undefined;
    }
  }

  begin(key: string, read: () => Promise<T>): void {
    if (this.pages.has(key)) return;
    for (const [other, { begunAt }] of this.pages) {
      if (this.questions - begunAt > PATIENCE) this.pages.delete(other);
    }
    if (this.pages.size >= MOST_PAGES) return;
    const page = read();
    // Nobody may ever come for it.
    page.catch(() => undefined);
    this.pages.set(key, { page, begunAt: this.questions });
  }
}
