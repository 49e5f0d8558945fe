/** The audit trail, and what became of verifying it, for people and as JSON. */
import type { AuditEntry, AuditReport, ChainFault } from '@json-database-sync/domain';
import { shortId } from '../task/id-lookup.js';
import { span, type Line } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';
import { timeText } from './time-text.js';

const TYPE_TONE = { create: 'green', update: 'blue', delete: 'red', restore: 'magenta' } as const;
const SHOWN_PATHS = 5;

export function entryLine(entry: AuditEntry): Line {
  const { sequence, event_type: type, cause, document_id: document, version, paths } = entry;
  const places = [...(entry.title_changed ? ['title'] : []), ...paths.map((path) => plainLine(path) || '(everything)')];
  const shown = places.slice(0, SHOWN_PATHS).join(', ');
  const more = places.length > SHOWN_PATHS ? `, and ${places.length - SHOWN_PATHS} more` : '';
  return [
    span(`#${sequence}`.padEnd(7), { bold: true }),
    span(`${timeText(entry.created_at)}  `),
    span(type.padEnd(8), { tone: TYPE_TONE[type] }),
    span(` ${shortId(document)} v${version}`),
    span(`  device ${entry.client_id.slice(-8)}, user ${entry.user_id.slice(0, 8)}`, { tone: 'cyan' }),
    span(cause ? `  ${cause.kind} of v${cause.version}` : '', { tone: 'magenta' }),
    span(shown === '' ? '' : `  ${shown}${more}`, { dim: true }),
  ];
}

export function reportLines(report: AuditReport): Line[] {
  const { streamId, first, last, anchored, head, notedHeadAt } = report;
  const count = last - first + 1;
  const range = count > 0 ? ` (${first} to ${last})` : '';
  return [
    [
      span(`verified ${count} ${count === 1 ? 'event' : 'events'} of stream ${streamId}${range}`, {
        tone: report.fault ? 'yellow' : 'green',
      }),
    ],
    ...(anchored
      ? []
      : [[span(`the log begins with event ${first}: what came before is gone, and that event is taken as it is`)]]),
    ...(head === null || report.fault ? [] : [[span(`head at event ${last}: ${head}`)]]),
    ...(notedHeadAt === null ? [] : [[span(`the noted head is that of event ${notedHeadAt}`)]]),
  ];
}

export function faultText({ sequence, documentId, version, problem }: ChainFault): string {
  const which = documentId === null ? '' : ` (version ${version ?? '?'} of document ${plainLine(documentId)})`;
  return `Event ${sequence}${which} ${problem}`;
}

export function reportJson(report: AuditReport): object {
  const { fault } = report;
  return {
    stream_id: report.streamId,
    first: report.first,
    last: report.last,
    anchored: report.anchored,
    head: report.head,
    noted_head_at: report.notedHeadAt,
    fault: fault && {
      sequence: fault.sequence,
      document_id: fault.documentId,
      version: fault.version,
      problem: fault.problem,
    },
  };
}
