/**
 * A page of a snapshot whose documents stay the JSON text that they came in: for a replica that stores them as they are, to which
 * taking them apart and writing them again would be most of the work.
 *
 * Invariant: what is read here is what `streamingDownSchema` would give, its documents written as text. Whatever a server writes
 * in another way is left to the schema to take or to refuse.
 */
import { documentInText, type DocumentInText } from '../document/document.js';
import type { RevisionId } from '../document/revision.js';
import type { DocumentId, UserId } from '../ids.js';
import { hasLoneSurrogate } from '../json/exact-values.js';
import { isJsonObject } from '../json/json-value.js';
import { parseJson } from '../json/parse-json.js';
import { PlainJsonReader, hasControlCharacter } from '../json/plain-json.js';
import { LIMITS } from '../limits.js';
import { fromWireDocument } from './convert.js';
import type { StreamingDown, StreamingDownOf } from './streaming-down.js';
import { isClock, isUsualFrame } from './usual-frames.js';
import { REVISION_PATTERN, TIME_PATTERN, UUID_PATTERN } from './usual-patterns.js';

export interface SnapshotInText extends Omit<StreamingDownOf<'snapshot'>, 'documents'> {
  readonly documents: readonly DocumentInText[];
}

/** What a replica makes of the frames that a server sends. */
export type Received = Exclude<StreamingDown, { type: 'snapshot' }> | SnapshotInText;

export function inText(frame: StreamingDown): Received {
  if (frame.type !== 'snapshot') return frame;
  const documents = frame.documents.map((document) => documentInText(fromWireDocument(document, frame.stream_id)));
  return { ...frame, documents };
}

const BEGINNING = '{"type":"snapshot",';
const DOCUMENTS = ',"documents":[';
const CONTENT = ',"content":';
const AFTER_CONTENT = ',"revision_id":"';

const HEAD = new RegExp(`\\{"id":"(${UUID_PATTERN})","user_id":"(${UUID_PATTERN})","title":`, 'y');
const TAIL = new RegExp(
  `,"revision_id":"(${REVISION_PATTERN})","version":([1-9][0-9]{0,9}),"vector_clock":(\\{[^{}\\\\]*\\}),` +
    `"created_at":"(${TIME_PATTERN})","updated_at":"(${TIME_PATTERN})","deleted_at":(?:null|"(${TIME_PATTERN})")\\}`,
  'y',
);
/** A clock that nearly all documents have. */
const CLOCK_OF_ONE = new RegExp(`^\\{"${UUID_PATTERN}": ?(?:0|[1-9][0-9]{0,14})\\}$`);

/** Levels of a frame around the content of a document. */
const CONTENT_LEVEL = 3;

/** @returns null where it is no page of a snapshot, or is not written as servers usually do */
export function readSnapshotInText(text: string): SnapshotInText | null {
  if (!text.startsWith(BEGINNING) || hasControlCharacter(text) || hasLoneSurrogate(text)) return null;
  const opens = text.indexOf(DOCUMENTS);
  const head = opens < 0 ? null : readHead(`${text.slice(0, opens)}}`);
  const documents = head && new DocumentsReader(text, opens + DOCUMENTS.length).read();
  return documents && { ...head, documents };
}

function readHead(text: string): Omit<StreamingDownOf<'snapshot'>, 'documents'> | null {
  const head = parseJson(text, { maxDepth: 1 });
  if (!head.ok || !isJsonObject(head.value) || head.value['documents'] !== undefined) return null;
  const frame = { ...head.value, documents: [] };
  return isUsualFrame(frame) && frame.type === 'snapshot' ? frame : null;
}

class DocumentsReader {
  private readonly json: PlainJsonReader;

  constructor(
    private readonly text: string,
    private at: number,
  ) {
    this.json = new PlainJsonReader(text, LIMITS.documentDepth);
  }

  /** They have to be the last in the frame. */
  read(): DocumentInText[] | null {
    const documents: DocumentInText[] = [];
    while (!this.isOver()) {
      if (documents.length > 0 && !this.passes(',')) return null;
      const document = this.document();
      if (!document) return null;
      documents.push(document);
    }
    return documents;
  }

  private isOver(): boolean {
    return this.at === this.text.length - 2 && this.text.endsWith(']}');
  }

  private document(): DocumentInText | null {
    const [, id, userId] = this.match(HEAD) ?? [];
    const title = id === undefined ? null : this.title();
    if (title === null || !this.passes(CONTENT)) return null;
    const content = this.content();
    const tail = content === null ? null : this.match(TAIL);
    if (content === null || !tail) return null;
    const [, revisionId, version, vectorClock = '', createdAt = '', updatedAt = '', deletedAt = null] = tail;
    if (Number(version) > LIMITS.version || !isClockText(vectorClock)) return null;
    return {
      // The patterns say what these are.
      id: id as DocumentId,
      userId: userId as UserId,
      revisionId: revisionId as RevisionId,
      title,
      content,
      version: Number(version),
      vectorClock,
      createdAt,
      updatedAt,
      deletedAt,
    };
  }

  private title(): string | null {
    const open = this.at;
    const close = this.text.startsWith('"', open) ? this.json.endOfString(open) : -1;
    if (close < 0) return null;
    this.at = close + 1;
    const raw = this.text.slice(open + 1, close);
    const title = raw.includes('\\') ? valueOf(this.text.slice(open, this.at)) : raw;
    return typeof title === 'string' && title.length <= LIMITS.titleCharacters ? title : null;
  }

  private content(): string | null {
    const from = this.at;
    const end = this.json.endOfValue(from);
    if (end > 0) {
      this.at = end;
      return this.text.slice(from, end);
    }
    // It is written in another way than PostgreSQL's. What comes before these signs is the whole of it where it is JSON at all,
    // since within a string they would be escaped.
    this.at = this.text.indexOf(AFTER_CONTENT, from);
    const value = this.at < 0 ? undefined : valueOf(this.text.slice(from, this.at));
    return value === undefined ? null : JSON.stringify(value);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  private passes(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }
}

function isClockText(text: string): boolean {
  return CLOCK_OF_ONE.test(text) || isClock(valueOf(text));
}

function valueOf(text: string) {
  const parsed = parseJson(text, { maxDepth: LIMITS.frameDepth - CONTENT_LEVEL });
  return parsed.ok ? parsed.value : undefined;
}
