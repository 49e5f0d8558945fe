/** One connection that writes, and reads where it is to, and has a number of requests unanswered all the time. */
import type { LoadConnection, Frame } from './connection.js';

/** A document that a writer writes to, and the version that it knows. */
export interface Slot {
  readonly documentId: string;
  version: number;
}

export interface WriterOptions {
  /** Gone through in turn. */
  readonly slots: readonly Slot[];
  /** The stream of all of them. */
  readonly streamId: string;
  /** What an update replaces: a JSON pointer. */
  readonly path: string;
  /** How many of a hundred requests read: one document, or the latest changes of the stream, by turns. */
  readonly readPercent: number;
  readonly answered: (kind: 'write' | 'read', sinceMs: number) => void;
}

const CHANGES_READ = 20;

export class Writer {
  private next = 0;
  private counter = 0;
  private head = 0;
  private stopped = false;
  private emptied: () => void = () => undefined;
  private readonly sent = new Map<string, { at: number; slot: Slot | undefined }>();

  constructor(
    private readonly connection: LoadConnection,
    private readonly options: WriterOptions,
  ) {
    connection.onFrame = (frame) => this.hear(frame);
  }

  request(): void {
    const slot = this.options.slots[this.next];
    if (!slot) throw new Error('a writer has no document');
    this.next = (this.next + 1) % this.options.slots.length;
    this.counter++;
    if ((this.counter * 37) % 100 < this.options.readPercent) this.read(slot);
    else this.write(slot);
  }

  /** Asks for nothing more. Resolves when all is answered. */
  stop(): Promise<void> {
    this.stopped = true;
    return new Promise((resolve) => {
      this.emptied = resolve;
      if (this.sent.size === 0) resolve();
    });
  }

  private write(slot: Slot): void {
    const { streamId, path } = this.options;
    const head = this.connection.head(slot.documentId, slot.version, streamId);
    const patch = [{ op: 'replace', path, value: this.counter }];
    this.sent.set(head.mutation_id, { at: performance.now(), slot });
    this.connection.send({ type: 'mutate', mutations: [{ ...head, kind: 'update', patch }] });
  }

  private read({ documentId }: Slot): void {
    const id = String(this.counter);
    const about = { request_id: id, stream_id: this.options.streamId };
    this.sent.set(id, { at: performance.now(), slot: undefined });
    if (this.counter % 2 === 0) this.connection.send({ type: 'get_documents', ...about, document_ids: [documentId] });
    else {
      const last_sequence = Math.max(0, this.head - CHANGES_READ);
      this.connection.send({ type: 'get_changes_since', ...about, last_sequence, limit: CHANGES_READ });
    }
  }

  private hear(frame: Frame): void {
    if (frame.type === 'error') throw new Error(`${frame.code}: ${frame.message}`);
    if (frame.request_id !== undefined) this.settle(frame.request_id, 'read');
    for (const { mutation_id, status, version, sequence, error } of frame.results ?? []) {
      if (status === 'rejected') throw new Error(`an update was ${status}: ${error?.code} ${error?.message}`);
      this.head = Math.max(this.head, sequence ?? 0);
      const slot = this.sent.get(mutation_id)?.slot;
      // Before the next request, which is based on it.
      if (slot) slot.version = Math.max(slot.version, version ?? 0);
      this.settle(mutation_id, 'write');
    }
  }

  private settle(id: string, kind: 'write' | 'read'): void {
    const sent = this.sent.get(id);
    if (!sent) throw new Error('an answer came to what nobody has asked');
    this.sent.delete(id);
    this.options.answered(kind, performance.now() - sent.at);
    if (!this.stopped) this.request();
    else if (this.sent.size === 0) this.emptied();
  }
}
