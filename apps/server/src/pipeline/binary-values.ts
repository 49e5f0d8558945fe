/**
 * Lists of values in PostgreSQL's binary format: one-dimensional arrays as `array_send` writes them, of single values or of
 * composite values, as `record_send` writes those. For many values this takes a third of the time of array literals here, and
 * less than that in PostgreSQL, which has no text to parse; and one array of composites costs it a good deal less than an
 * array for each of their fields.
 *
 * An array: int32 dimensions, int32 whether there are nulls, the elements' type; int32 length, int32 lower bound; then each
 * element as int32 length (-1: null) and bytes. A composite: int32 number of fields, then each field's type and the field as
 * an element. All big-endian. PostgreSQL (14 and later) compares a type that is sent only where it is a built-in one: those
 * keep their numbers, and a composite type's, which each database gives anew, need not be known.
 *
 * Sources: array_recv in src/backend/utils/adt/arrayfuncs.c, record_recv in rowtypes.c, the `*_recv` functions of the types.
 */
import { assertNever } from '@json-database-sync/domain';

/** The types that our statements use. */
export type SqlType = 'uuid' | 'int' | 'bigint' | 'text' | 'json' | 'jsonb' | 'timestamptz' | 'bytea';

/** From pg_type.dat. */
const OIDS: Readonly<Record<SqlType, number>> = {
  uuid: 2950,
  int: 23,
  bigint: 20,
  text: 25,
  json: 114,
  jsonb: 3802,
  timestamptz: 1184,
  bytea: 17,
};
/** A composite type's place, where PostgreSQL does not look. */
const ANY_COMPOSITE = 0;

/** A field of a composite type: its type, and where its value comes from. */
export interface Field<Row> {
  readonly type: SqlType;
  readonly value: (row: Row) => unknown;
}

const NULL = -1;
const JSONB_VERSION = 1;
/** A UTF-16 code unit takes at most so many bytes of UTF-8. */
const UTF8_BYTES = 3;
const FIRST_BYTES = 4_096;
/** PostgreSQL counts microseconds from 2000 on. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * @param values uuid and timestamptz (RFC 3339) as text, int as a number, bigint as one, json as text, bytea as bytes; null
 * @throws TypeError for a value that is none of its type's
 */
export function binaryArray(type: SqlType, values: readonly unknown[]): Buffer {
  const writer = new BinaryWriter();
  writer.beginArray(OIDS[type], values.length);
  for (const value of values) writer.element(type, value);
  return writer.bytes();
}

/**
 * An array of composite values.
 * @param fields in the order of the composite type's
 * @throws TypeError as `binaryArray` does
 */
export function binaryRows<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): Buffer {
  const writer = new BinaryWriter();
  writer.beginArray(ANY_COMPOSITE, rows.length);
  for (const row of rows) {
    const start = writer.beginRow(fields.length);
    for (const { type, value } of fields) writer.field(type, value(row));
    writer.endRow(start);
  }
  return writer.bytes();
}

class BinaryWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;
  /** Most times of a batch are one and the same. */
  private lastTime = '';
  private lastMicroseconds = 0n;

  bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  beginArray(oid: number, length: number): void {
    this.int32(length === 0 ? 0 : 1);
    // Whether there are nulls is a hint that array_recv does not rely on.
    this.int32(0);
    this.int32(oid);
    if (length === 0) return;
    this.int32(length);
    this.int32(1);
  }

  /** @returns what `endRow` is to be told */
  beginRow(fields: number): number {
    const start = this.at;
    this.int32(0);
    this.int32(fields);
    return start;
  }

  endRow(start: number): void {
    this.buffer.writeInt32BE(this.at - start - 4, start);
  }

  field(type: SqlType, value: unknown): void {
    this.int32(OIDS[type]);
    this.element(type, value);
  }

  element(type: SqlType, value: unknown): void {
    if (value === null || value === undefined) return this.int32(NULL);
    switch (type) {
      case 'int':
        if (typeof value !== 'number' || value !== (value | 0)) throw notA(type, value);
        this.reserve(8);
        this.putInt32(4);
        return this.putInt32(value);
      case 'bigint':
        if (typeof value !== 'bigint') throw notA(type, value);
        this.reserve(12);
        this.putInt32(8);
        this.at = this.buffer.writeBigInt64BE(value, this.at);
        return;
      case 'bytea':
        if (!(value instanceof Uint8Array)) throw notA(type, value);
        this.reserve(4 + value.length);
        this.putInt32(value.length);
        this.buffer.set(value, this.at);
        this.at += value.length;
        return;
      case 'text':
      case 'json':
      case 'jsonb':
        if (typeof value !== 'string') throw notA(type, value);
        return this.text(value, type === 'jsonb');
      case 'uuid':
        if (typeof value !== 'string') throw notA(type, value);
        return this.uuid(value);
      case 'timestamptz':
        if (typeof value !== 'string') throw notA(type, value);
        return this.time(value);
      default:
        return assertNever(type, 'type of element');
    }
  }

  private int32(value: number): void {
    this.reserve(4);
    this.putInt32(value);
  }

  /** Where there is room for it. A row has some eighty of them: Buffer's own checks would be most of what they cost. */
  private putInt32(value: number): void {
    const { buffer, at } = this;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    this.at = at + 4;
  }

  private text(value: string, isJsonb: boolean): void {
    this.reserve(5 + value.length * UTF8_BYTES);
    const start = this.at;
    this.at += 4;
    if (isJsonb) this.buffer[this.at++] = JSONB_VERSION;
    this.at += this.buffer.write(value, this.at);
    this.buffer.writeInt32BE(this.at - start - 4, start);
  }

  private uuid(uuid: string): void {
    if (!isDashed(uuid)) throw notA('uuid', uuid);
    this.reserve(20);
    this.putInt32(16);
    const { buffer } = this;
    let { at } = this;
    for (let i = 0; i < 36;) {
      if (uuid.charCodeAt(i) === DASH) i++;
      const high = hexDigit(uuid.charCodeAt(i++));
      buffer[at++] = (high << 4) | hexDigit(uuid.charCodeAt(i++));
    }
    this.at = at;
  }

  private time(time: string): void {
    if (time !== this.lastTime) {
      const milliseconds = Date.parse(time) - EPOCH_MS;
      if (Number.isNaN(milliseconds)) throw notA('timestamptz', time);
      this.lastTime = time;
      this.lastMicroseconds = BigInt(milliseconds) * 1_000n;
    }
    this.reserve(12);
    this.putInt32(8);
    this.at = this.buffer.writeBigInt64BE(this.lastMicroseconds, this.at);
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }
}

const DASH = 0x2d;

function isDashed(uuid: string): boolean {
  const isDash = (at: number): boolean => uuid.charCodeAt(at) === DASH;
  return uuid.length === 36 && isDash(8) && isDash(13) && isDash(18) && isDash(23);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  throw new TypeError('a uuid has a character that is no hex digit');
}

/** Names the kind of the value, never the value: it may be of a document. */
function notA(type: SqlType, value: unknown): TypeError {
  return new TypeError(`a ${typeof value} cannot be sent as ${type}`);
}
