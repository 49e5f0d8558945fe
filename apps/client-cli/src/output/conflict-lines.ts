/** A change that lost, for people: which document, why, and what it would have done. */
import type { ConflictRecord } from '@json-database-sync/client';
import { shortId } from '../task/id-lookup.js';
import { span, type Line } from '../text/line.js';
import { plainLine } from '../text/plain-text.js';

export function conflictLines(conflict: ConflictRecord): Line[] {
  return [
    [
      span('⚠ ', { tone: 'red' }),
      span(`${shortId(conflict.documentId)}  `, { dim: true }),
      span(plainLine(conflict.reason)),
      span(`  (${plainLine(conflict.id)})`, { dim: true }),
    ],
  ];
}
