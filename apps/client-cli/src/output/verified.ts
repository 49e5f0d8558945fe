/** How it is told that the local copy is what the server has, and what was not. */
import type { RepairedDocument } from '@json-database-sync/client';
import { shortId } from '../task/id-lookup.js';
import { span, type Line } from '../text/line.js';

const WRONG: Record<RepairedDocument['was'], string> = {
  missing: 'was missing here',
  surplus: 'was here, and the server has none',
  different: 'was not as the server has it',
};

export function verifiedLine(sequence: number): Line {
  return [span('✓ ', { tone: 'green' }), span(`verified in sync at sequence ${sequence}`)];
}

export function repairedLine({ id, was }: RepairedDocument): Line {
  return [span('repaired  ', { tone: 'yellow' }), span(`${shortId(id)}  `, { dim: true }), span(WRONG[was])];
}

export function repairedJson({ id, was }: RepairedDocument): object {
  return { id, was };
}
