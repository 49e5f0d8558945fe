/** The same stream in every process that asks for it: three documents, and many changes of them that a client has missed. */
import type { ClientId, Mutation } from '@json-database-sync/domain';
import type { FakePlatform } from './fake-platform.js';
import { FakeServer } from './fake-server.js';

const OTHER = '0190b000-0000-7000-8000-000000000001' as ClientId;
const DOCUMENTS = 3;
const MISSED = 900;
/** Events of one page: so that it comes down in many transactions, none of which ends where a pack does. */
const PAGE = 70;

/** @param missed whether what the client has missed has happened by now */
export function streamOf(platform: FakePlatform, missed: boolean): FakeServer {
  const server = new FakeServer(platform);
  server.hooks.answer = (frame) =>
    frame.type === 'get_changes_since'
      ? [{ ...server.changesSince({ ...frame, limit: PAGE }), request_id: frame.request_id }]
      : undefined;
  const versions = Array.from({ length: DOCUMENTS }, () => 0);
  let count = 0;
  const commit = (n: number, change: Record<string, unknown>): void => {
    const number = String(++count).padStart(12, '0');
    const ids = { mutation_id: `0190c000-0000-7000-8000-${number}`, stream_id: server.streamId };
    const base = (versions[n] = (versions[n] ?? 0) + 1) - 1;
    const mutation = { ...ids, document_id: `0190d000-0000-7000-8000-00000000000${n}`, base_version: base, ...change };
    const { status } = server.commit(mutation as unknown as Mutation, OTHER);
    if (status !== 'applied') throw new Error(`change ${count} was ${status}`);
  };
  for (const n of versions.keys()) commit(n, { kind: 'create', title: `d${n}`, content: { n: 0, list: [] } });
  for (let change = 1; missed && change <= MISSED; change++) {
    // One that changes all the time, two that change now and then.
    const n = change % 10 === 0 ? 1 : change % 37 === 0 ? 2 : 0;
    const path =
      change % 7 === 0 ? { op: 'add', path: '/list/0', value: change } : { op: 'replace', path: '/n', value: change };
    commit(n, { kind: 'update', patch: [path] });
  }
  return server;
}
