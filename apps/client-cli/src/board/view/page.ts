/** What is shown in place of the list: details, the sync status, the help. Lines to scroll through. */
import { conflictLines } from '../../output/conflict-lines.js';
import { statusLines } from '../../output/status-lines.js';
import { detailLines, historyLines } from '../../output/task-details.js';
import { span, type Line } from '../../text/line.js';
import { plainLine } from '../../text/plain-text.js';
import { wrapLine } from '../../text/wrap-line.js';
import type { BoardState, HistoryState, Overlay } from '../board-state.js';
import { helpLines } from './help.js';

export type Page = Extract<Overlay, { top: number }>;

/** All lines, none wider than the terminal. */
export function pageLines(state: BoardState, page: Page): Line[] {
  return rawLines(state, page).flatMap((line) => wrapLine([span(' '), ...line], state.size.columns - 1));
}

function rawLines(state: BoardState, page: Page): Line[] {
  switch (page.kind) {
    case 'help':
      return helpLines();
    case 'sync':
      return [
        [span('Sync', { bold: true })],
        ...statusLines(state.status, state.server),
        ...(state.offlineReason ? [[span(plainLine(state.offlineReason), { tone: 'yellow' as const })]] : []),
        ...lostLines(state, undefined),
      ];
    case 'details': {
      const task = state.tasks.get(page.id);
      if (!task) return [[span('This document is no longer in the database.')]];
      const [title = [], ...details] = detailLines(task);
      const lost = lostLines(state, page.id);
      return [title, ...lost, ...details, [span('')], ...historyPart(page.history)];
    }
  }
}

function lostLines(state: BoardState, documentId: string | undefined): Line[] {
  const lost = state.conflicts.filter((each) => documentId === undefined || each.documentId === documentId);
  if (lost.length === 0) return [];
  const heading = [span('Changes that lost a conflict ', { bold: true }), span('(c: I have seen them)', { dim: true })];
  return [[span('')], heading, ...lost.flatMap(conflictLines), [span('')]];
}

function historyPart(history: HistoryState): Line[] {
  const heading: Line = [span('History', { bold: true })];
  switch (history.state) {
    case 'loading':
      return [heading, [span('…', { dim: true })]];
    case 'failed':
      return [heading, [span(plainLine(history.reason), { tone: 'red' })]];
    case 'loaded':
      return [heading, ...historyLines(history.records)];
  }
}
