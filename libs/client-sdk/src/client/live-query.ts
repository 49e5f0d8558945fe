/**
 * A query whose result is kept up to date. It is run again only where a change concerns it: a document of the result has
 * changed, or one that has changed is found by the query now. What else changes costs one look-up by id.
 *
 * A document that the query finds, but beyond the limit, is not in the result; when it changes so that it is no longer
 * found, the result stays as it is.
 */
import type { DocumentId } from '@json-database-sync/domain';
import type { CurrentDocument, DocumentQuery, DocumentTable } from '../store/local-store.js';
import type { ChangeNotice } from './types.js';

export interface LiveQueryContext {
  readonly documents: DocumentTable;
  /** @returns a function that takes the listener off again */
  readonly onChange: (listener: (notice: ChangeNotice) => void) => () => void;
  readonly failed: (error: unknown) => void;
}

export class LiveQuery {
  private found: readonly CurrentDocument[] = [];
  private ids: ReadonlySet<string> = new Set();
  /** Running it again failed: what came last is not to be trusted. */
  private stale = false;
  private readonly off: () => void;

  constructor(
    private readonly context: LiveQueryContext,
    private readonly query: DocumentQuery,
    changed: () => void,
  ) {
    // Listening begins first: what is committed in between is in the result, and told of once more.
    this.off = context.onChange((notice) => {
      if (this.renew(notice)) changed();
    });
    try {
      this.run();
    } catch (error) {
      this.off();
      throw error;
    }
  }

  get result(): readonly CurrentDocument[] {
    return this.found;
  }

  stop(): void {
    this.off();
  }

  private renew({ documents }: ChangeNotice): boolean {
    try {
      // The notice's ids come from the store.
      const ids = documents.map(({ id }) => id as DocumentId);
      const concerned =
        this.stale || ids.some((id) => this.ids.has(id)) || this.context.documents.findsAnyOf(ids, this.query);
      if (concerned) this.run();
      return concerned;
    } catch (error) {
      this.stale = true;
      this.context.failed(error);
      return false;
    }
  }

  private run(): void {
    this.found = this.context.documents.find(this.query);
    this.ids = new Set(this.found.map(({ id }) => id));
    this.stale = false;
  }
}
