/** What `npm run projections:rebuild` prints of its report. */
import { isSound, type ProjectionDifference, type ProjectionReport } from './verify-projection.js';

export function reportText(report: ProjectionReport): string {
  const { events, documents, differenceCount, repairedCount, faultCount } = report;
  const lines = [
    ...report.faults.map((fault) => `fault in the log: ${fault}`),
    ...more(faultCount - report.faults.length, 'faults'),
    ...report.differences.map(describe),
    ...more(differenceCount - report.differences.length, 'differences'),
    ...report.wrongDigests.map(
      ({ streamId, repaired }) =>
        `the digest of stream ${streamId} is not that of its documents${repaired ? ' (repaired)' : ''}`,
    ),
    ...more(report.wrongDigestCount - report.wrongDigests.length, 'digests'),
    `replayed ${events} events into ${documents} documents`,
  ];
  if (faultCount > 0)
    lines.push(`the log has ${faultCount} faults: restore it from a backup; nothing here can repair it`);
  if (differenceCount === 0 && faultCount === 0 && report.wrongDigestCount === 0)
    lines.push('the projection is what the log makes of it');
  else if (differenceCount > 0) {
    lines.push(`${differenceCount} documents of the projection differ, ${repairedCount} of them have been repaired`);
  }
  const unrepaired = differenceCount > repairedCount || report.wrongDigestCount > report.repairedDigestCount;
  if (!isSound(report) && unrepaired) {
    lines.push('run it again with `-- --repair` to write those rows anew from the log');
  }
  return `${lines.join('\n')}\n`;
}

function describe({ streamId, documentId, kind, fields, repaired }: ProjectionDifference): string {
  const what = {
    missing: 'is missing from the projection',
    surplus: 'is in the projection, but not in the log',
    differs: `differs in ${fields.join(', ')}`,
  }[kind];
  return `document ${documentId} of stream ${streamId} ${what}${repaired ? ' (repaired)' : ''}`;
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`... and ${count} more ${what}`] : [];
}
