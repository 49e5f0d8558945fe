import { created, history, LAPTOP, PHONE, put, set, updated } from '../../../../testing/decider.js';
import type { JsonValue } from '../json/json-value.js';
import type { JsonPatch } from '../patch/json-patch.types.js';
import { blame } from './blame.js';

/** Path -> version. */
function blamed(content: JsonValue, ...patches: JsonPatch[]): Record<string, number | undefined> {
  const { events, state } = history(created(content), ...patches.map((patch) => updated(PHONE, patch)));
  return Object.fromEntries(blame(events, state!.content).leaves.map(({ path, event }) => [path, event?.version]));
}

describe('blame', () => {
  it('tells members one by one', () => {
    expect(blamed({ a: 1, b: { c: 1, d: 1 } }, [set('/b/c', 2)], [put('/e', {})])).toEqual({
      '/a': 1,
      '/b/c': 2,
      '/b/d': 1,
      '/e': 3,
    });
  });

  it('leaves a value with its first author where somebody writes the same', () => {
    expect(blamed({ a: { b: 1 } }, [set('/a', { b: 1 })])).toEqual({ '/a/b': 1 });
  });

  it('leaves items that kept their index with their authors', () => {
    const items = [
      { n: 'x', done: false },
      { n: 'y', done: false },
    ];
    expect(blamed({ items }, [set('/items/0/done', true)], [put('/items/-', 'z')])).toEqual({
      '/items/0/n': 1,
      '/items/0/done': 2,
      '/items/1/n': 1,
      '/items/1/done': 1,
      '/items/2': 3,
    });
  });

  it('puts an item that was pushed aside down to what pushed it', () => {
    expect(blamed(['a', 'b', 'c'], [put('/1', 'new')])).toEqual({ '/0': 1, '/1': 2, '/2': 2, '/3': 2 });
  });

  it('puts an emptied container down to what emptied it', () => {
    expect(
      blamed({ list: [1], map: { a: 1 } }, [{ op: 'remove', path: '/list/0' }], [{ op: 'remove', path: '/map/a' }]),
    ).toEqual({
      '/list': 2,
      '/map': 3,
    });
  });

  it('tells of the title, and of what is older than the events nothing', () => {
    const past = history(created({ a: 1, b: 1 }), updated(LAPTOP, [], 'Errands'), updated(PHONE, [set('/b', 2)]));
    expect(blame(past.events, past.state!.content).title).toBe(past.events[1]);
    const { title, leaves } = blame(past.events.slice(2), past.state!.content);
    expect(title).toBeNull();
    expect(leaves).toEqual([
      { path: '/a', value: 1, event: null },
      { path: '/b', value: 2, event: past.events[2] },
    ]);
  });
});
