/**
 * The live log of `MONITORING=true`: one coloured line for each thing that happens, patches included.
 *
 * Invariants: a line is one line and of bounded length, whatever clients send; nothing in it can steer a terminal; a
 * reader who does not keep up loses lines (and is told how many) rather than costing the server its memory.
 */
import type { Conflict, DocumentEvent } from '@json-database-sync/domain';
import { createColors } from 'picocolors';
import { ActivityLog, type Peer } from './activity-log.js';

const MAX_VALUE_CHARACTERS = 400;
const MAX_NAME_CHARACTERS = 60;
const SHORT_ID_CHARACTERS = 8;
/** What may wait in the stream for its reader. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** The part of a stream that is needed: process.stdout is one. */
export interface LineSink {
  write(text: string): unknown;
  readonly writableLength: number;
}

export interface ConsoleActivityLogOptions {
  readonly sink: LineSink;
  readonly color: boolean;
  readonly now?: () => Date;
}

export class ConsoleActivityLog extends ActivityLog {
  readonly enabled = true;
  private readonly sink: LineSink;
  private readonly colors: ReturnType<typeof createColors>;
  private readonly now: () => Date;
  private dropped = 0;

  constructor(options: ConsoleActivityLogOptions) {
    super();
    this.sink = options.sink;
    this.colors = createColors(options.color);
    this.now = options.now ?? (() => new Date());
  }

  connected(peer: Peer): void {
    this.line(this.colors.green('connect   '), peer, printable(peer.address, MAX_NAME_CHARACTERS));
  }

  authenticated(peer: Peer): void {
    const dialect = peer.protocol === 2 ? 'streaming' : 'classic';
    this.line(
      this.colors.green('welcome   '),
      peer,
      `${dialect}, from ${printable(peer.address, MAX_NAME_CHARACTERS)}`,
    );
  }

  refused(peer: Peer, code: string, reason: string): void {
    const what = `${printable(code, MAX_NAME_CHARACTERS)}: ${printable(reason, MAX_VALUE_CHARACTERS)}`;
    this.line(this.colors.red('refuse    '), peer, what);
  }

  received(peer: Peer, type: string, bytes: number): void {
    this.line(this.colors.cyan('receive <-'), peer, `${printable(type, MAX_NAME_CHARACTERS)} ${this.size(bytes)}`);
  }

  sent(peer: Peer, type: string, bytes: number): void {
    this.line(this.colors.blue('send    ->'), peer, `${printable(type, MAX_NAME_CHARACTERS)} ${this.size(bytes)}`);
  }

  disconnected(peer: Peer, code: number): void {
    this.line(this.colors.yellow('disconnect'), peer, `code ${code}`);
  }

  committed(event: DocumentEvent, sequence: number): void {
    const { bold, dim, magenta } = this.colors;
    const title = event.type === 'update' && event.title ? ` title ${compact(event.title)}` : '';
    const change = event.type === 'update' ? compact(event.forward) : describeWhole(event);
    const who = dim(`user ${short(event.userId)} client ${short(event.clientId)}`);
    this.write(
      `${magenta('commit    ')} ${bold(`#${sequence}`)} ${event.type} document ${short(event.documentId)} ` +
        `v${event.version} ${who}${title} ${change}`,
    );
  }

  conflicted(documentId: string, conflict: Conflict): void {
    const lost = compact(conflict.dropped.map(({ index, operation }) => operation ?? index));
    this.write(
      `${this.colors.red('conflict  ')} document ${short(documentId)} base v${conflict.baseVersion} ` +
        `lost to v${conflict.serverVersion} (${conflict.strategy}): ${printable(conflict.reason, MAX_VALUE_CHARACTERS)} ${lost}`,
    );
  }

  private line(what: string, peer: Peer, rest: string): void {
    const user = peer.userId === null ? '-' : short(peer.userId);
    const client = peer.clientId === null ? '-' : short(peer.clientId);
    const who = this.colors.dim(`session ${short(peer.sessionId)} user ${user} client ${client}`);
    this.write(`${what} ${who} ${rest}`);
  }

  private size(bytes: number): string {
    return this.colors.dim(`${bytes} B`);
  }

  private write(line: string): void {
    if (this.sink.writableLength > MAX_BUFFERED_BYTES) {
      this.dropped += 1;
      return;
    }
    const lost =
      this.dropped > 0 ? `${this.colors.red('lost      ')} ${this.dropped} lines: the reader was too slow\n` : '';
    this.dropped = 0;
    const time = this.colors.dim(this.now().toISOString().slice(11, 23));
    this.sink.write(`${lost}${time} ${line}\n`);
  }
}

function describeWhole(event: Exclude<DocumentEvent, { type: 'update' }>): string {
  const document = event.forward ?? event.reverse;
  return `${compact(document.title)} ${compact(document.content)}`;
}

/** The ends of version 7 ids are what tells them apart: the beginnings are the time. */
function short(id: string): string {
  return printable(id.slice(-SHORT_ID_CHARACTERS), SHORT_ID_CHARACTERS);
}

function compact(value: unknown): string {
  return printable(JSON.stringify(value) ?? 'nothing', MAX_VALUE_CHARACTERS);
}

/** Control characters and those that turn the direction of text, which could make a terminal show what is not there. */
// eslint-disable-next-line no-control-regex -- they are what is to be found
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function printable(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}… (${text.length} characters)` : text;
  return cut.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
