/**
 * The exported log of a stream: JSON lines. The first is the header, each of the others one event with its hash, in
 * sequence order. A file is verified line by line, in bounded memory, with no server and no database.
 *
 * The header says after which event the file begins and that event's hash (the anchor), and where the stream's head was
 * at the export: a file that was cut short or begins late is told from a whole one. A file with a filter holds only some
 * of the events, and its chain cannot be followed.
 */
import { z } from 'zod';
import { SyncError } from '../errors/sync-error.js';
import { streamIdSchema } from '../ids.js';
import { canonicalJson } from '../json/canonical-json.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { parseJson } from '../json/parse-json.js';
import { LIMITS } from '../limits.js';
import { sequenceSchema, timestampSchema } from '../protocol/shapes.js';
import { eventHashSchema, type EventHash, type Sha256 } from './hash-chain.js';
import { ChainVerifier, type ChainFault, type ChainedEvent } from './verify-chain.js';

export const AUDIT_FORMAT = 'json-database-sync/audit';

export const auditHeaderSchema = z.object({
  format: z.literal(AUDIT_FORMAT),
  format_version: z.literal(1),
  stream_id: streamIdSchema,
  /** The file begins after this event; 0 for a whole log. */
  after_sequence: sequenceSchema,
  /** That event's hash, zeros before the first event; null where the log no longer has it. */
  anchor: eventHashSchema.nullable(),
  head_sequence: sequenceSchema,
  head: eventHashSchema,
  /** What the events were chosen by; null where all are there. */
  filter: z.record(z.string(), z.string()).nullable(),
  exported_at: timestampSchema,
});
export type AuditHeader = z.infer<typeof auditHeaderSchema>;

/** `record` is the canonical text of the event (`canonicalEvent`). */
export function auditLine(sequence: number, hash: string, record: string): string {
  return `{"sequence":${sequence},"hash":"${hash}","event":${record}}`;
}

export interface AuditReport {
  readonly streamId: string;
  /** The sequence that the events found right begin and end with; `last` is below `first` where there are none. */
  readonly first: number;
  readonly last: number;
  /** False where the file begins after events that are gone: its first event is then taken as it is. */
  readonly anchored: boolean;
  /** Of the last event found right; null where there is none. */
  readonly head: EventHash | null;
  /** Where the noted head was met; null where it was not, or none was noted. */
  readonly notedHeadAt: number | null;
  /** The first thing that is wrong; null where nothing is. */
  readonly fault: ChainFault | null;
}

export class AuditFileVerifier {
  private readonly chain: ChainVerifier;
  private fault: ChainFault | null = null;

  private constructor(
    readonly header: AuditHeader,
    sha256: Sha256,
    notedHead: EventHash | undefined,
  ) {
    const { stream_id: streamId, after_sequence: afterSequence, anchor } = header;
    this.chain = new ChainVerifier({ streamId, afterSequence, anchor, notedHead }, sha256);
  }

  /**
   * @param firstLine the header
   * @throws SyncError `invalid_argument` where it is none, or where the file holds only some of the events
   */
  static begin(firstLine: string, sha256: Sha256, notedHead?: EventHash): AuditFileVerifier {
    const parsed = parseJson(firstLine, { maxDepth: LIMITS.frameDepth });
    const header = auditHeaderSchema.safeParse(parsed.ok ? parsed.value : null);
    if (!header.success) {
      throw new SyncError('invalid_argument', 'this is no exported audit log: it does not begin with its header');
    }
    if (header.data.filter !== null) {
      throw new SyncError(
        'invalid_argument',
        'this export holds only the events that a filter chose: its chain cannot be followed; export without filters',
      );
    }
    return new AuditFileVerifier(header.data, sha256, notedHead);
  }

  /** Takes the next line. @returns false after a fault: what follows cannot be judged */
  line(text: string): boolean {
    this.fault ??= this.judge(text);
    return this.fault === null;
  }

  /** The sequence of the last event that was found right. */
  get lastSequence(): number {
    return this.chain.lastSequence;
  }

  end(): AuditReport {
    const { header, chain } = this;
    this.fault ??= chain.end({ sequence: header.head_sequence, hash: header.head });
    return {
      streamId: header.stream_id,
      first: header.after_sequence + 1,
      last: chain.lastSequence,
      anchored: header.anchor !== null || header.after_sequence === 0,
      head: chain.head,
      notedHeadAt: chain.notedHeadAt,
      fault: this.fault,
    };
  }

  private judge(text: string): ChainFault | null {
    const event = eventOf(text);
    if (event) return this.chain.add(event);
    const sequence = this.chain.lastSequence + 1;
    return { sequence, documentId: null, version: null, problem: 'cannot be read: its line is cut off or damaged' };
  }
}

const lineSchema = z.strictObject({
  sequence: z.int().min(1),
  hash: z.string(),
  event: z.custom<JsonObject>((value) => isJsonObject(value as JsonValue)),
});

/** What the event says of itself, to name it by; the rest of it is judged by its hash alone. */
const namesSchema = z.object({
  stream_id: z.string().catch(''),
  document_id: z.string().nullable().catch(null),
  version: z.int().nullable().catch(null),
});

function eventOf(text: string): ChainedEvent | null {
  const parsed = parseJson(text, { maxDepth: LIMITS.frameDepth });
  const line = lineSchema.safeParse(parsed.ok ? parsed.value : null);
  if (!line.success) return null;
  const { sequence, hash, event } = line.data;
  const { stream_id: streamId, document_id: documentId, version } = namesSchema.parse(event);
  return { sequence, hash, record: canonicalJson(event), streamId, documentId, version };
}
