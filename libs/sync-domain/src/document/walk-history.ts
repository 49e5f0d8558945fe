/**
 * Time travel: any version of a document from one that is at hand (the current one, a keyframe, or nothing, which is
 * what there was before its creation) and the events in between.
 *
 * Invariant: from whichever anchor, in whichever direction, the same version comes out, equal in canonical bytes.
 */
import { AssertionFailure } from '../errors/sync-error.js';
import { LIMITS } from '../limits.js';
import type { DocumentEvent } from './change-event.js';
import type { DocumentState } from './document.js';
import { devolve, evolve } from './evolve.js';

export interface Walk {
  /** Where to walk from; undefined: from before the creation. */
  readonly anchor: DocumentState | undefined;
  /** Those that `eventsBetween` names, oldest first; more do no harm. */
  readonly events: readonly DocumentEvent[];
  /** Where to; 0 is before the creation. */
  readonly version: number;
}

/** The versions of the events that a walk needs, both ends included; null where it is there already. */
export interface VersionRange {
  readonly first: number;
  readonly last: number;
}

/** Walking back takes the event of the version itself as well: its time, clock and revision are that version's. */
export function eventsBetween(anchorVersion: number, version: number): VersionRange | null {
  if (anchorVersion === version) return null;
  if (anchorVersion < version) return { first: anchorVersion + 1, last: version };
  return { first: Math.max(1, version), last: anchorVersion };
}

/** Whether the events for a walk are all there. */
export function canWalk({ anchor, events, version }: Walk): boolean {
  const needed = eventsBetween(anchor?.version ?? 0, version);
  if (!needed) return true;
  const from = events.findIndex((event) => event.version === needed.first);
  return from >= 0 && events[from + needed.last - needed.first]?.version === needed.last;
}

/**
 * The document as it was at a version; undefined for version 0.
 * @throws AssertionFailure when an event is missing
 */
export function stateAtVersion(walk: Walk): DocumentState | undefined {
  const { anchor, events, version } = walk;
  if (!canWalk(walk)) {
    throw new AssertionFailure(`the events between version ${anchor?.version ?? 0} and ${version} are not all there`);
  }
  let state = anchor;
  if (version >= (anchor?.version ?? 0)) {
    for (const event of events) {
      if (event.version > (state?.version ?? 0) && event.version <= version) state = evolve(state, event);
    }
    return state;
  }
  for (let i = events.length - 1; i >= 0 && state && state.version > version; i--) {
    if (events[i]!.version !== state.version) continue;
    state = devolve(state, { event: events[i]!, previous: events[i - 1] ?? null });
  }
  return state;
}

/** Whether the document is to be kept whole at this version, so that no version is far from one that is. */
export function keyframeDue(version: number): boolean {
  return version > 0 && version % LIMITS.keyframeSpacing === 0;
}

export interface AnchorChoice {
  /** The version that is wanted. */
  readonly version: number;
  readonly currentVersion: number;
  /** Versions that are kept whole; those at which one was due where left out. */
  readonly keyframes?: readonly number[];
}

export interface Anchor {
  readonly kind: 'creation' | 'keyframe' | 'current';
  /** 0 for the creation. */
  readonly version: number;
}

/** The nearest place to walk from: with every keyframe there, at most half their spacing away. */
export function nearestAnchor({ version, currentVersion, keyframes }: AnchorChoice): Anchor {
  const kept = keyframes ?? dueAround(version, currentVersion);
  const anchors: Anchor[] = [
    { kind: 'current', version: currentVersion },
    { kind: 'creation', version: 0 },
    ...kept.map((at): Anchor => ({ kind: 'keyframe', version: at })),
  ];
  const distance = (anchor: Anchor): number => Math.abs(anchor.version - version);
  return anchors.reduce((best, anchor) => (distance(anchor) < distance(best) ? anchor : best));
}

function dueAround(version: number, currentVersion: number): number[] {
  const below = version - (version % LIMITS.keyframeSpacing);
  return [below, below + LIMITS.keyframeSpacing].filter((at) => keyframeDue(at) && at <= currentVersion);
}

/**
 * The version that was current at a time: the last event's that was committed by then. Commit times follow the server's
 * clock; where that was set back, the later version counts.
 * @param events a document's events back to that time at least, oldest first
 * @returns 0 where the document was not there yet, or the events do not reach back to it
 */
export function versionAtTime(events: readonly Pick<DocumentEvent, 'version' | 'createdAt'>[], time: string): number {
  const moment = Date.parse(time);
  return events.findLast(({ createdAt }) => Date.parse(createdAt) <= moment)?.version ?? 0;
}
