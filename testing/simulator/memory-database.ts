/**
 * The tables of the server in memory, with what the commit statement does to them: all or nothing, one counter a stream,
 * and the unique constraints that guard versions and mutations. Which columns go where is read from the statement
 * itself, so that this cannot fall behind it.
 *
 * It outlives the nodes that write to it. Retention hides the head of a stream's log; what is hidden stays here, since the
 * laws are about all of it.
 */
import {
  CHAIN_START,
  DEFAULT_STRATEGY,
  EMPTY_DIGEST,
  chainHash,
  combineDigests,
  type ConflictStrategy,
  type EventHash,
  type StateDigest,
} from '@json-database-sync/domain';
import { conflictKey, type ConflictKey } from '../../apps/server/src/conflicts/brought-back.js';
import { fromBigint } from '../../apps/server/src/event-store/digest-column.js';
import {
  APPLIED,
  COMMIT_ROW,
  CONFLICT,
  DOCUMENT,
  EVENT,
  KEYFRAME,
  MUTATION,
  type Column,
  type CommitInput,
  type Insertion,
} from '../../apps/server/src/pipeline/commit-rows.js';
import { sha256 } from '../../apps/server/src/sha256.js';
import type { PlantedFault } from './planted-fault.js';

export type Row = Record<string, unknown>;

interface StreamRow {
  lastSequence: number;
  /** The hash of its last event. */
  headHash: EventHash;
  /** Of its documents, as commits keep it. */
  digest: StateDigest;
  readonly strategy: ConflictStrategy;
  /** Events up to this sequence are gone for readers. */
  floor: number;
}

export interface Tables {
  readonly streams: Map<string, StreamRow>;
  /** By stream, in sequence order. */
  readonly events: Map<string, Row[]>;
  /** By stream and id. */
  readonly documents: Map<string, Row>;
  /** By stream and mutation id. */
  readonly mutations: Map<string, Row>;
  readonly conflicts: Row[];
}

/** As the table has it by default. */
const OPEN: Row = { status: 'open', resolved_at: null, resolved_by_mutation: null };

/** A failure as the driver reports it. */
export class DatabaseFailure extends Error {
  constructor(
    readonly code: string,
    what: string,
  ) {
    super(what);
  }
}

export class MemoryDatabase {
  tables: Tables = { streams: new Map(), events: new Map(), documents: new Map(), mutations: new Map(), conflicts: [] };
  private commits = 0;

  constructor(readonly planted: PlantedFault | null) {}

  addStream(id: string, strategy: ConflictStrategy): void {
    const empty = { lastSequence: 0, headHash: CHAIN_START, digest: EMPTY_DIGEST, floor: 0 };
    this.tables.streams.set(id, { ...empty, strategy });
    this.tables.events.set(id, []);
  }

  /** By the default where there is no such stream. */
  strategyOf(id: string): ConflictStrategy {
    return this.tables.streams.get(id)?.strategy ?? DEFAULT_STRATEGY;
  }

  /** What the commit statement does. @returns each stream's last sequence before */
  commit(input: CommitInput): Map<string, number> {
    const bases = new Map<string, number>();
    for (const { id } of input.streams) {
      const stream = this.tables.streams.get(id);
      if (stream) bases.set(id, stream.lastSequence);
    }
    const inserted = readRows(input, bases);
    this.guard(inserted);
    for (const { id, count, digest } of input.streams) {
      const stream = this.tables.streams.get(id);
      if (!stream) continue;
      stream.lastSequence += count;
      stream.digest = combineDigests(stream.digest, fromBigint(digest));
    }
    if (this.planted === 'lost-commit' && ++this.commits % 7 === 0) return bases;
    for (const [table, rows] of inserted) for (const row of rows) this.insert(table, row);
    this.markApplied(tableRows(APPLIED, input.applied), input.now);
    return bases;
  }

  /** Those of the losses that have been brought back. */
  broughtBack(keys: readonly ConflictKey[]): ReadonlySet<string> {
    const applied = this.tables.conflicts.filter((row) => row['status'] === 'applied').map((row) => keyOf(row, 'id'));
    return new Set(keys.map(conflictKey).filter((key) => applied.includes(key)));
  }

  backup(): Tables {
    return copyOf(this.tables);
  }

  restore(backup: Tables): void {
    this.tables = copyOf(backup);
  }

  /** The events that a reader still sees. */
  visibleEvents(streamId: string): Row[] {
    const floor = this.tables.streams.get(streamId)?.floor ?? 0;
    return (this.tables.events.get(streamId) ?? []).filter((event) => Number(event['sequence']) > floor);
  }

  private guard(inserted: ReadonlyMap<string, readonly Row[]>): void {
    for (const event of inserted.get('events') ?? []) {
      const taken = this.tables.events
        .get(String(event['stream_id']))
        ?.some((known) => known['document_id'] === event['document_id'] && known['version'] === event['version']);
      if (taken && this.planted !== 'unguarded-versions') throw new DatabaseFailure('23505', 'events_document_version');
    }
    for (const mutation of inserted.get('mutations') ?? []) {
      const known = this.tables.mutations.has(keyOf(mutation, 'mutation_id'));
      if (known && this.planted !== 'forgotten-mutations') throw new DatabaseFailure('23505', 'mutations_key');
    }
  }

  /** Losses that mutations of the batch have brought back. Rows are replaced, since a backup shares them. */
  private markApplied(applied: readonly Row[], now: string): void {
    for (const { stream_id: stream, id, document_id: document, mutation_id: mutation } of applied) {
      const at = this.tables.conflicts.findIndex(
        (row) => row['stream_id'] === stream && row['id'] === id && row['document_id'] === document,
      );
      const row = this.tables.conflicts[at];
      if (!row || row['status'] === 'applied') continue;
      const resolved = { status: 'applied', resolved_at: new Date(now), resolved_by_mutation: mutation };
      this.tables.conflicts[at] = { ...row, ...resolved };
    }
  }

  private insert(table: string, row: Row): void {
    switch (table) {
      case 'events':
        this.append(row);
        break;
      case 'documents': {
        const key = keyOf(row, 'id');
        const known = this.tables.documents.get(key);
        const kept = known && { user_id: known['user_id'], created_at: known['created_at'] };
        this.tables.documents.set(key, { ...row, ...kept });
        break;
      }
      case 'mutations':
        this.tables.mutations.set(keyOf(row, 'mutation_id'), row);
        break;
      case 'conflicts':
        if (this.planted !== 'silent-loss') this.tables.conflicts.push({ ...OPEN, ...row });
        break;
      default:
        // Of no concern to what is read here.
        break;
    }
  }

  /** The rows of a batch come in the order of their places. */
  private append(row: Row): void {
    const id = String(row['stream_id']);
    const stream = this.tables.streams.get(id);
    if (!stream) return;
    stream.headHash = chainHash(stream.headHash, row['body_hash'] as Uint8Array, sha256);
    this.tables.events.get(id)?.push({ ...row, hash: stream.headHash });
  }
}

export function keyOf(row: Row, id: string): string {
  return `${String(row['stream_id'])}/${String(row[id])}`;
}

function copyOf(tables: Tables): Tables {
  return {
    streams: new Map([...tables.streams].map(([id, stream]) => [id, { ...stream }])),
    events: new Map([...tables.events].map(([id, events]) => [id, [...events]])),
    documents: new Map(tables.documents),
    mutations: new Map(tables.mutations),
    conflicts: [...tables.conflicts],
  };
}

/** As the driver gives a column of this type back. */
function converted(type: string, value: unknown): unknown {
  if (type === 'json' || type === 'jsonb') return typeof value === 'string' ? (JSON.parse(value) as unknown) : null;
  if (type === 'timestamptz') return typeof value === 'string' ? new Date(value) : null;
  return value ?? null;
}

/** A stream without a row takes nothing. */
function readRows({ now, rows, conflicts, keyframes }: CommitInput, bases: ReadonlyMap<string, number>) {
  const batch = tableRows(COMMIT_ROW, rows);
  const inserted = new Map<string, Row[]>();
  for (const insertion of [EVENT, DOCUMENT, MUTATION]) inserted.set(insertion.table, rowsFor(insertion, batch));
  inserted.set('conflicts', tableRows(CONFLICT, conflicts));
  inserted.set('keyframes', tableRows(KEYFRAME, keyframes));
  for (const [table, list] of inserted) {
    const taken = list.filter((row) => bases.has(String(row['stream_id'])));
    const numbered = taken.map((row) => {
      const sequence = String((bases.get(String(row['stream_id'])) ?? 0) + Number(row['place']));
      return { created_at: now, ...row, sequence, last_sequence: sequence };
    });
    inserted.set(table, numbered);
  }
  return inserted;
}

/** What numbers and chains a row is kept beside the table's own columns. */
function rowsFor({ present, columns }: Insertion, batch: readonly Row[]): Row[] {
  return batch
    .filter((row) => row[present] !== null)
    .map(({ place, body_hash, ...row }) => ({
      place,
      body_hash,
      ...Object.fromEntries(Object.entries(columns).map(([name, source]) => [name, row[source]])),
    }));
}

function tableRows<Source>(columns: readonly Column<Source>[], sources: readonly Source[]): Row[] {
  return sources.map((source) =>
    Object.fromEntries(columns.map(({ name, type, value }) => [name, converted(type, value(source))])),
  );
}
