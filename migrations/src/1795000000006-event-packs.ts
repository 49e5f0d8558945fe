import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Packs: old events of one document together in one row, a column an array or a text over all of them, which PostgreSQL
 * then compresses as one. Nothing is left out; `packed_events` has the events as rows again, and the functions read rows
 * and packs as one log, so that what they cost follows from the range that is asked for.
 *
 * A pack's events are consecutive versions, older than every row of their document in `events`. `marks` holds 62 bytes an
 * event, which no compression makes smaller: mutation id (16), the revision's hash (8), the chained hash (32) and the
 * time in milliseconds since 1970 (6).
 */
export class EventPacks1795000000006 implements MigrationInterface {
  readonly name = 'EventPacks1795000000006';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  /** What is packed becomes rows again first: nothing is lost by going down. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** The columns of `events` and their types, in the order in which the view and the functions have them. */
const COLUMNS = [
  ['stream_id', 'uuid'],
  ['sequence', 'bigint'],
  ['document_id', 'uuid'],
  ['version', 'integer'],
  ['type', 'text'],
  ['schema_version', 'smallint'],
  ['user_id', 'uuid'],
  ['client_id', 'uuid'],
  ['mutation_id', 'uuid'],
  ['revision_id', 'text'],
  ['vector_clock', 'json'],
  ['forward_patch', 'json'],
  ['reverse_patch', 'json'],
  ['title_from', 'text'],
  ['title_to', 'text'],
  ['cause_kind', 'text'],
  ['cause_version', 'integer'],
  ['characters', 'integer'],
  ['hash', 'bytea'],
  ['created_at', 'timestamptz'],
] as const;

const NAMES = COLUMNS.map(([name]) => name).join(', ');
const RETURNED = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');

/** Neither can stand in JSON text, where control characters are escaped. */
const BETWEEN_EVENTS = `E'\\x1e'`;
const BETWEEN_PARTS = `E'\\x1f'`;

const part = (n: number): string => `nullif(split_part(u.patch, ${BETWEEN_PARTS}, ${n}), '')`;
const mark = (from: number, length: number): string =>
  `substring(m.marks FROM (u.place::integer - 1) * 62 + ${from} FOR ${length})`;

const UP = [
  `CREATE TABLE event_packs (
     stream_id uuid NOT NULL,
     document_id uuid NOT NULL,
     first_version integer NOT NULL,
     last_version integer NOT NULL,
     first_sequence bigint NOT NULL,
     last_sequence bigint NOT NULL,
     -- Of all its events.
     characters integer NOT NULL,
     -- Each less the first.
     sequences integer[] NOT NULL,
     types text[] NOT NULL,
     -- null: all of them 1.
     schema_versions smallint[],
     user_ids uuid[] NOT NULL,
     client_ids uuid[] NOT NULL,
     vector_clocks text NOT NULL,
     -- Forward, reverse, and where there are some: title from, title to (as JSON), cause, its version.
     patches text NOT NULL,
     marks bytea NOT NULL,
     PRIMARY KEY (stream_id, document_id, last_version),
     CHECK (cardinality(sequences) = last_version - first_version + 1),
     CHECK (length(marks) = 62 * (last_version - first_version + 1))
   )`,
  // Which packs a range of sequences touches is known from this index; their events are looked at only then.
  `CREATE INDEX event_packs_sequences ON event_packs (stream_id, last_sequence, first_sequence)`,
  // All columns are compressed, however small the row; the two large ones live beside it, the small ones in it.
  `ALTER TABLE event_packs SET (toast_tuple_target = 128)`,
  `ALTER TABLE event_packs
     ALTER COLUMN types SET STORAGE MAIN,
     ALTER COLUMN schema_versions SET STORAGE MAIN, ALTER COLUMN user_ids SET STORAGE MAIN,
     ALTER COLUMN client_ids SET STORAGE MAIN, ALTER COLUMN sequences SET STORAGE MAIN, ALTER COLUMN vector_clocks SET STORAGE EXTENDED,
     ALTER COLUMN patches SET STORAGE EXTENDED, ALTER COLUMN marks SET STORAGE EXTERNAL`,

  // Each large value is fetched once a pack (OFFSET 0 keeps it so), not once for each event that is taken out of it.
  `CREATE VIEW packed_events AS
   SELECT p.stream_id, p.first_sequence + u.step AS sequence, p.document_id,
          p.first_version + u.place::integer - 1 AS version, u.type,
          coalesce(u.schema_version, 1::smallint) AS schema_version, u.user_id, u.client_id,
          encode(${mark(1, 16)}, 'hex')::uuid AS mutation_id,
          (p.first_version + u.place - 1)::text || '-' || encode(${mark(17, 8)}, 'hex') AS revision_id,
          u.vector_clock::json AS vector_clock, ${part(1)}::json AS forward_patch, ${part(2)}::json AS reverse_patch,
          ${part(3)}::jsonb #>> '{}' AS title_from, ${part(4)}::jsonb #>> '{}' AS title_to,
          ${part(5)} AS cause_kind, ${part(6)}::integer AS cause_version,
          coalesce(length(${part(1)}), 0) + coalesce(length(${part(2)}), 0) AS characters,
          ${mark(25, 32)} AS hash,
          timestamptz 'epoch' + ('x' || encode(${mark(57, 6)}, 'hex'))::bit(48)::bigint * interval '1 millisecond'
            AS created_at,
          p.first_version AS pack_first_version, p.last_version AS pack_last_version,
          p.first_sequence AS pack_first_sequence, p.last_sequence AS pack_last_sequence,
          p.sequences AS pack_sequences
     FROM event_packs p
    CROSS JOIN LATERAL (SELECT p.marks || ''::bytea AS marks OFFSET 0) m
    CROSS JOIN LATERAL unnest(p.sequences, p.types, p.schema_versions, p.user_ids, p.client_ids,
                              string_to_array(p.vector_clocks, ${BETWEEN_EVENTS}),
                              string_to_array(p.patches, ${BETWEEN_EVENTS}))
          WITH ORDINALITY AS u (step, type, schema_version, user_id, client_id, vector_clock, patch, place)`,

  `CREATE FUNCTION events_of_document (stream uuid, document uuid, first integer, last integer)
     RETURNS TABLE (${RETURNED}) LANGUAGE sql STABLE PARALLEL SAFE ROWS 50 AS $$
       SELECT ${NAMES} FROM events e
        WHERE e.stream_id = $1 AND e.document_id = $2 AND e.version BETWEEN $3 AND $4
       UNION ALL
       SELECT ${NAMES} FROM packed_events p
        WHERE p.stream_id = $1 AND p.document_id = $2 AND p.pack_last_version >= $3 AND p.pack_first_version <= $4
          AND p.version BETWEEN $3 AND $4
     $$`,

  `CREATE FUNCTION events_of_stream (stream uuid, first bigint, last bigint)
     RETURNS TABLE (${RETURNED}) LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
       SELECT ${NAMES} FROM events e
        WHERE e.stream_id = $1 AND e.sequence BETWEEN $2 AND $3
       UNION ALL
       SELECT ${NAMES} FROM packed_events p
        WHERE p.stream_id = $1 AND p.pack_last_sequence >= $2 AND p.pack_first_sequence <= $3
          AND EXISTS (SELECT FROM unnest(p.pack_sequences) AS s (step)
                       WHERE s.step BETWEEN $2 - p.pack_first_sequence AND $3 - p.pack_first_sequence)
          AND p.sequence BETWEEN $2 AND $3
     $$`,

  // The number of the first event after a sequence; retention, or a fault, may have left a hole behind it.
  `CREATE FUNCTION next_sequence (stream uuid, after bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
     SELECT least(
       (SELECT min(e.sequence) FROM events e WHERE e.stream_id = $1 AND e.sequence > $2),
       (SELECT min(p.first_sequence + s.step) FROM event_packs p CROSS JOIN LATERAL unnest(p.sequences) AS s (step)
         WHERE p.stream_id = $1 AND p.last_sequence > $2 AND p.first_sequence <= $2 AND s.step > $2 - p.first_sequence),
       (SELECT min(p.first_sequence) FROM event_packs p
         WHERE p.stream_id = $1 AND p.last_sequence > $2 AND p.first_sequence > $2))
   $$`,

  // Retention: takes a stream's oldest events out, up to a sequence; gives how many. A pack that reaches further becomes
  // rows again.
  `CREATE FUNCTION remove_events (stream uuid, up_to bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     WITH cut AS (
       DELETE FROM event_packs p WHERE p.stream_id = $1 AND p.first_sequence <= $2
       RETURNING p.document_id, p.last_version, cardinality(p.sequences) AS count
     ), kept AS (
       INSERT INTO events (${NAMES})
       SELECT ${NAMES.split(', ')
         .map((name) => `e.${name}`)
         .join(', ')}
         FROM cut c JOIN packed_events e
           ON e.stream_id = $1 AND e.document_id = c.document_id AND e.pack_last_version = c.last_version
        WHERE e.sequence > $2
       RETURNING 1
     ), removed AS (
       DELETE FROM events e WHERE e.stream_id = $1 AND e.sequence <= $2 RETURNING 1
     )
     SELECT (SELECT count(*) FROM removed) + (SELECT coalesce(sum(count), 0) FROM cut)::bigint - (SELECT count(*) FROM kept)
   $$`,

  // Keyframes compress as well. MAIN, since a value that moves out of so small a row takes more than it saves.
  `ALTER TABLE keyframes SET (toast_tuple_target = 128)`,
  `ALTER TABLE keyframes
     ALTER COLUMN content SET STORAGE MAIN, ALTER COLUMN title SET STORAGE MAIN,
     ALTER COLUMN vector_clock SET STORAGE MAIN, ALTER COLUMN revision_id SET STORAGE MAIN`,
];

const DOWN = [
  `INSERT INTO events (${NAMES}) SELECT ${NAMES} FROM packed_events`,
  `DROP FUNCTION remove_events (uuid, bigint)`,
  `DROP FUNCTION next_sequence (uuid, bigint)`,
  `DROP FUNCTION events_of_stream (uuid, bigint, bigint)`,
  `DROP FUNCTION events_of_document (uuid, uuid, integer, integer)`,
  `DROP VIEW packed_events`,
  `DROP TABLE event_packs`,
  `ALTER TABLE keyframes
     ALTER COLUMN content SET STORAGE EXTENDED, ALTER COLUMN title SET STORAGE EXTENDED,
     ALTER COLUMN vector_clock SET STORAGE EXTENDED, ALTER COLUMN revision_id SET STORAGE EXTENDED`,
  `ALTER TABLE keyframes RESET (toast_tuple_target)`,
];
