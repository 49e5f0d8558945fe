/**
 * A page of a stream's changes, as rows or as the text that they have on the wire. PostgreSQL writes the text itself: the
 * patches lie there as JSON, and a server that only passes them on need not take them apart and put them together again.
 */
import { LIMITS } from '@json-database-sync/domain';
import { wireTime } from './document-texts.js';
import type { PreparedStatement } from './prepared-query.js';
import { eventColumns } from './rows.js';

/**
 * The events `e` of stream `$1` after sequence `$2`, `$3` at most, and no more than a page may hold. A stream's numbers have no
 * gap, so a page is a range of them; where retention has passed its start, from the oldest on.
 */
const PAGE = `(
  WITH start (sequence) AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT FROM events e WHERE e.stream_id = $1 AND e.sequence = $2::bigint + 1)
                THEN $2::bigint + 1 ELSE next_sequence($1, $2) END
  )
  SELECT ${eventColumns}, sum(e.characters) OVER (ORDER BY e.sequence) - e.characters AS before
    FROM start s CROSS JOIN LATERAL events_of_stream($1, s.sequence, s.sequence + $3::int - 1) e
) e WHERE e.before < ${LIMITS.pageCharacters}`;

export const LOAD_CHANGES: PreparedStatement = {
  name: 'load_changes',
  text: `SELECT ${eventColumns} FROM ${PAGE} ORDER BY e.sequence`,
};

/** Ids, revisions, times and words of ours hold nothing that JSON would have to escape. */
const WIRE_EVENT = `concat(
  '{"sequence":', e.sequence, ',"document_id":"', e.document_id, '","version":', e.version,
  ',"user_id":"', e.user_id, '","client_id":"', e.client_id, '","mutation_id":"', e.mutation_id,
  '","revision_id":"', e.revision_id, '","vector_clock":', e.vector_clock,
  ',"created_at":"', ${wireTime('e.created_at')}, '","cause":',
  CASE WHEN e.cause_kind IS NULL OR e.cause_version IS NULL THEN 'null'
       ELSE concat('{"kind":"', e.cause_kind, '","version":', e.cause_version, '}') END,
  ',"event_type":"', e.type, '","forward_patch":', coalesce(e.forward_patch::text, 'null'),
  ',"reverse_patch":', coalesce(e.reverse_patch::text, 'null'),
  CASE WHEN e.type <> 'update' THEN ''
       WHEN e.title_from IS NULL OR e.title_to IS NULL THEN ',"title":null'
       ELSE concat(',"title":{"from":', to_json(e.title_from), ',"to":', to_json(e.title_to), '}') END, '}')`;

/** The head is of the same moment as the page: what is committed meanwhile cannot look like a hole between them. */
export const LOAD_CHANGES_TEXT: PreparedStatement = {
  name: 'load_changes_text',
  text: `SELECT s.last_sequence AS head, page.first, page.last, page.text
           FROM streams s
          CROSS JOIN LATERAL (
            SELECT min(e.sequence) AS first, max(e.sequence) AS last,
                   string_agg(${WIRE_EVENT}, ',' ORDER BY e.sequence) AS text
              FROM ${PAGE}
          ) page
          WHERE s.id = $1`,
};

export interface ChangesPageRow {
  /** bigint comes as text. */
  head: string;
  first: string | null;
  last: string | null;
  text: string | null;
}

export interface ChangesPage {
  /** The stream's last sequence; 0 where it has no events or does not exist. */
  readonly head: number;
  /** The sequences of the first and the last event; null where there is none. */
  readonly range: { readonly first: number; readonly last: number } | null;
  /** ChangeEvents as JSON, with commas between them. */
  readonly text: string;
}

export function toChangesPage(row: ChangesPageRow | undefined): ChangesPage {
  const { first = null, last = null, text = null } = row ?? {};
  return {
    head: Number(row?.head ?? 0),
    range: first === null || last === null ? null : { first: Number(first), last: Number(last) },
    text: text ?? '',
  };
}
