/** How the rows of the terminal are shared. The last row stays empty: writing it would make the terminal scroll. */
import type { Size } from './board-state.js';

/** Header, its second line, the rule; below the list the rule, the status line and the keys. */
const FRAME_ROWS = 6;

/** Too low for a frame: just the header, the list and the status line. */
const LOW = 10;

export function frameRows(size: Size): number {
  return Math.max(1, size.rows - 1);
}

export function isLow(size: Size): boolean {
  return size.rows < LOW;
}

/** Rows for the list, or for whatever is shown in its place. */
export function listRows(size: Size): number {
  return Math.max(1, frameRows(size) - (isLow(size) ? 2 : FRAME_ROWS));
}
