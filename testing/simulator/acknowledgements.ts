/** What nodes have told clients of their mutations, as seen on the wire. */
import { parseJson, streamingDownSchema, type MutationResult } from '@json-database-sync/domain';

export class Acknowledgements {
  /** By mutation id: the first answer that settles it. */
  readonly results = new Map<string, MutationResult>();

  /** @returns how it breaks law 2: the same mutation answered as two different effects */
  note(text: string): string | null {
    if (!text.includes('"mutation_results"')) return null;
    const parsed = parseJson(text, { maxDepth: 100 });
    const frame = parsed.ok ? streamingDownSchema.safeParse(parsed.value) : undefined;
    if (!frame?.success || frame.data.type !== 'mutation_results') return `the node sent what nobody can read: ${text}`;
    for (const result of frame.data.results) {
      if (result.mutation_id === null || result.status === 'rejected') continue;
      const known = this.results.get(result.mutation_id);
      if (!known) this.results.set(result.mutation_id, result);
      else if (
        result.original_status !== undefined &&
        (known.version !== result.version || known.sequence !== result.sequence)
      ) {
        return `law 2: ${result.mutation_id} was answered as ${JSON.stringify(known)} and ${JSON.stringify(result)}`;
      }
    }
    return null;
  }

  /** The server was set back: what it said no longer binds it. */
  forgetAll(): void {
    this.results.clear();
  }
}
