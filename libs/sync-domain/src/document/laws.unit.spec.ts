/** What holds for every life of a document, whatever its clients send (docs/sync-semantics.md). */
import fc from 'fast-check';
import { arbitraryLife, type Life, type Step } from '../../../../testing/arbitrary-history.js';
import { deepFreeze } from '../../../../testing/arbitrary-json.js';
import { sha256Hex } from '../../../../testing/decider.js';
import { modelApply, textAt } from '../../../../testing/patch-model.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { parsePointer } from '../patch/json-pointer.js';
import type { JsonPatchOperation } from '../patch/json-patch.types.js';
import { touchedPaths } from '../patch/touched-paths.js';
import type { UpdateDocumentCommand } from './command.js';
import { decide } from './decide.js';
import type { Accepted } from './decision.js';
import type { DocumentState } from './document.js';
import { devolve, evolve } from './evolve.js';
import { generationOf } from './revision.js';

const holds = (law: (life: Life) => void) => fc.assert(fc.property(arbitraryLife, law), { numRuns: 300 });

/** Everything of a document, key order and the sign of zero aside. */
const text = (state: DocumentState | undefined): string | undefined =>
  state && canonicalJson(state as unknown as JsonValue);

type AcceptedUpdate = Step & { readonly command: UpdateDocumentCommand; readonly decision: Accepted };

const acceptedUpdates = (life: Life): AcceptedUpdate[] =>
  life.steps.filter(
    (step): step is AcceptedUpdate => step.command.kind === 'update' && step.decision.outcome === 'accepted',
  );

describe('the life of a document', () => {
  it('is made of versions without gaps, each with a revision that vouches for its content', () => {
    holds(({ events, states }) => {
      for (const [index, event] of events.entries()) {
        const state = states[index + 1]!;
        expect(event.version).toBe(index + 1);
        expect(state.version).toBe(event.version);
        expect(generationOf(state.revisionId)).toBe(state.version);
        expect(state.revisionId).toBe(`${state.version}-${sha256Hex(canonicalJson(state.content)).slice(0, 16)}`);
        expect(event.revisionId).toBe(state.revisionId);
        expect(event.vectorClock).toEqual(state.vectorClock);
        expect(state.updatedAt).toBe(event.createdAt);
      }
    });
  });

  it('can be walked forward and back: every version is restored exactly, both ways', () => {
    holds(({ events, states }) => {
      let forward: DocumentState | undefined;
      for (const [index, event] of events.entries()) {
        forward = evolve(forward, event);
        expect(text(forward)).toBe(text(states[index + 1]));
      }
      let back = forward;
      for (let index = events.length - 1; index >= 0; index--) {
        back = devolve(back!, { event: events[index]!, previous: events[index - 1] ?? null });
        expect(text(back)).toBe(text(states[index]));
      }
    });
  });

  it('can be walked back and then forward again from every version on the way', () => {
    holds(({ events, states }) => {
      for (const [index, event] of events.entries()) {
        const before = devolve(states[index + 1]!, { event, previous: events[index - 1] ?? null });
        expect(text(evolve(before, event))).toBe(text(states[index + 1]));
      }
    });
  });

  it('loses no operation silently: each is in the event, or in the conflict, or was so already', () => {
    holds((life) => {
      for (const { before, command, decision } of acceptedUpdates(life)) {
        const forward = decision.event?.type === 'update' ? decision.event.forward : [];
        const dropped = new Set(decision.conflict?.dropped.map(({ index }) => index));
        let current = before!.content;
        for (const [index, operation] of command.patch.entries()) {
          const kept = forward.includes(operation);
          expect(kept && dropped.has(index)).toBe(false);
          if (kept) current = modelApply(current, [operation])!;
          else if (!dropped.has(index)) expect(isSo(current, operation)).toBe(true);
        }
        for (const { index, operation } of decision.conflict?.dropped ?? []) {
          expect(operation).toBe(command.patch[index!]);
        }
      }
    });
  });

  it('loses no title silently: it is the new one, or in the conflict, or was so already', () => {
    holds((life) => {
      for (const { before, command, decision } of acceptedUpdates(life)) {
        const { title } = command;
        if (title === undefined) expect(decision.state.title).toBe(before!.title);
        else expect([decision.state.title, decision.conflict?.droppedTitle]).toContain(title);
      }
    });
  });

  it('says conflicted exactly where there is a conflict, and keeps what the others wrote', () => {
    holds((life) => {
      for (const { before, command, context, decision } of acceptedUpdates(life)) {
        expect(decision.status === 'conflicted').toBe(decision.conflict !== null);
        for (const event of context.since ?? []) {
          const foreign = !command.knowsOwnChanges || event.clientId !== context.clientId;
          if (event.type !== 'update' || !foreign || event.version <= (command.baseVersion ?? 0)) continue;
          for (const path of touchedPaths(event.forward, life.states[event.version - 1]!.content)) {
            expect(textAt(decision.state.content, path)).toBe(textAt(before!.content, path));
          }
        }
      }
    });
  });

  it('names a winner and a loser in every conflict', () => {
    holds((life) => {
      for (const { before, command, decision } of life.steps) {
        if (decision.outcome !== 'accepted' || !decision.conflict) continue;
        const { conflict } = decision;
        expect(conflict.strategy).toBe('server_wins');
        expect(conflict.serverVersion).toBe(before!.version);
        expect(conflict.baseVersion).toBeLessThanOrEqual(before!.version);
        expect(conflict.reason).not.toBe('');
        // A patch that is lost whole may be empty, its title the same: then only the base was wrong.
        if (command.kind === 'delete') expect(decision.event).toBeNull();
      }
    });
  });

  it('is decided by nothing but state, command and context, which are left as they were', () => {
    holds(({ steps }) => {
      for (const { before, command, context, decision } of steps) {
        const frozen = {
          before: deepFreeze((before ?? null) as unknown as JsonValue),
          command: deepFreeze(command as unknown as JsonValue),
          since: deepFreeze(context.since as unknown as JsonValue),
        };
        expect(frozen.command).toBe(command);
        const again = decide(before, command, Object.freeze({ ...context }));
        expect(JSON.stringify(again)).toBe(JSON.stringify(decision));
      }
    });
  });
});

/** Whether the operation would change nothing, judged by the plain model. Tests that guarded what was dropped count as so. */
function isSo(content: JsonValue, operation: JsonPatchOperation): boolean {
  if (operation.op === 'test') return true;
  if (operation.op === 'remove') return textAt(content, parsePointer(operation.path)) === undefined;
  const after = modelApply(content, [operation]);
  return after !== undefined && canonicalJson(after) === canonicalJson(content);
}
