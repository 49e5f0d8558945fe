/** A change that lost, for people: which document, why, and what it would have done. */
import type { ConflictDetail, ConflictRecord } from '@json-database-sync/client';
import { shortId } from '../task/id-lookup.js';
import { span, type Line } from '../text/line.js';
import { plainLine, safeJson } from '../text/plain-text.js';
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

const LABEL_CELLS = 14;

/** What the author saw, what is there now, and what bringing the loss back would make of it. */
export function sidesLines({ conflict, base, current, would_be: wouldBe }: ConflictDetail): Line[] {
  const unknown = 'cannot be told any more';
  const row = (label: string, text: string): Line => [
    span(`    ${label.padEnd(LABEL_CELLS)}`, { dim: true }),
    span(text),
  ];
  const side = (of: { readonly title: string; readonly content: ConflictDetail['current']['content'] }): string =>
    `${JSON.stringify(plainLine(of.title))} ${safeJson(of.content)}`;
  return [
    row('status', `${conflict.status}, by ${plainLine(conflict.strategy)}`),
    row('seen then', base ? `v${conflict.base_version} ${side(base)}` : unknown),
    row('now', `v${current.version} ${side(current)}${current.deleted_at === null ? '' : ' (deleted)'}`),
    row('brought back', wouldBe ? side(wouldBe) : 'has no place in the document any more'),
  ];
}
