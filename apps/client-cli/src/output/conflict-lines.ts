/** A change that lost, for people: which document, why, and what it would have done. */
import type { ConflictRecord } from '@json-database-sync/client';
import { shortId } from '../task/id-lookup.js';
import { span, type Line } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';
import { operationText } from './task-details.js';
import { timeText } from './time-text.js';

export function conflictLines(conflict: ConflictRecord): Line[] {
  const lost = conflict.dropped.flatMap(({ operation }) => (operation ? [operationText(operation)] : []));
  const title = conflict.droppedTitle === null ? [] : [`title ${JSON.stringify(plainLine(conflict.droppedTitle))}`];
  const whole = lost.length + title.length === 0 ? [`${conflict.change.kind} (the whole change)`] : [];
  return [
    [
      span('⚠ ', { tone: 'red' }),
      span(`${shortId(conflict.documentId)}  `, { dim: true }),
      span(`${timeText(conflict.madeAt)}  ${plainLine(conflict.reason)}`),
      span(`  (${plainLine(conflict.id)})`, { dim: true }),
    ],
    ...[...lost, ...title, ...whole].map((text): Line => [span(`    lost: ${text}`, { dim: true })]),
  ];
}
