/** What `npm run audit:verify` prints. */
import type { ChainFault } from '@json-database-sync/domain';
import type { StreamVerdict } from './verify-streams.js';

/** A line for what is wrong with a stream, or has to be known of it; undefined where there is nothing to say. */
export function verdictLine(verdict: StreamVerdict): string | undefined {
  const { streamId, first, fault } = verdict;
  if (fault) return `stream ${streamId}: ${faultText(fault)}`;
  if (first > 1) {
    return `stream ${streamId} begins with event ${first}: what came before is gone, and that event is taken as it is`;
  }
  return undefined;
}

export function faultText({ sequence, documentId, version, problem }: ChainFault): string {
  const which = documentId === null ? '' : ` (version ${version ?? '?'} of document ${documentId})`;
  return `event ${sequence}${which} ${problem}`;
}

/** The whole of it in a line or two; one stream's head is worth noting. */
export function summaryText(verdicts: {
  readonly streams: number;
  readonly events: number;
  readonly broken: number;
  readonly only: StreamVerdict | undefined;
}): string {
  const { streams, events, broken, only } = verdicts;
  const lines = [`verified ${events} events in ${streams} streams`];
  if (only && only.fault === null && only.head !== null) {
    lines.push(`head of stream ${only.streamId} at event ${only.last}: ${only.head}`);
    if (only.notedHeadAt !== null) lines.push(`the noted head is that of event ${only.notedHeadAt}`);
  }
  lines.push(
    broken === 0
      ? 'every event is what was committed, as far as the heads of the streams can be trusted'
      : `${broken} of the streams are broken: restore them from a backup; nothing here can repair them`,
  );
  return `${lines.join('\n')}\n`;
}
