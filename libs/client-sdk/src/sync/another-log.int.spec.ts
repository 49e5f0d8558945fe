/** Whether a local log can have led to the documents that a snapshot brought. */
import { toChangeEvent, type DocumentEvent, type DocumentState } from '@json-database-sync/domain';
import { LAPTOP, PHONE, STREAM, created, deleted, history, set, updated } from '../../../../testing/decider.js';
import { FakePlatform } from '../../testing/fake-platform.js';
import { SqliteStore } from '../store/sqlite-store.js';
import { contradictsSnapshot } from './another-log.js';

let store: SqliteStore;
beforeEach(() => (store = SqliteStore.open(':memory:', new FakePlatform(7))));
afterEach(() => store.close());

/** The first events of `log` are here, then a snapshot came with `document`. */
function contradicts(log: readonly DocumentEvent[], document: DocumentState | undefined): boolean {
  store.transaction(() => {
    const events = log.map((event, index) => toChangeEvent({ ...event, sequence: index + 1 }));
    store.events.add(STREAM, events);
    if (document) store.documents.putConfirmed(document, null, { kind: 'updated', origin: 'remote' });
  });
  return contradictsSnapshot(store, STREAM, log.length);
}

const mine = history(created({ n: 0 }), updated(LAPTOP, [set('/n', 1)]), updated(PHONE, [set('/n', 2)]));

test.each([1, 2, 3])('its own past does not, as far as version %i', (known) => {
  expect(contradicts(mine.events.slice(0, known), mine.state)).toBe(false);
});

test.each<[string, DocumentState | undefined]>([
  ['that there is no such document', undefined],
  ['an older version', mine.states[1]],
  ['another content of the same version', history(created({ n: 0 }), updated(LAPTOP, [set('/n', 9)])).state],
  ['the same content at another time', { ...mine.states[2]!, updatedAt: '2026-05-05T00:00:00.000Z' }],
  ['another creation', { ...mine.state!, createdAt: '2026-05-05T00:00:00.000Z' }],
  [
    'changes that did not know of one',
    history(created({ n: 0 }), updated(PHONE, [set('/n', 8)]), deleted(PHONE)).state,
  ],
])('a snapshot does that shows %s', (_what, document) => {
  expect(contradicts(mine.events.slice(0, 2), document)).toBe(true);
});
