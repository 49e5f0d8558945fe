import {
  clientIdSchema,
  documentIdSchema,
  mutationIdSchema,
  revisionIdSchema,
  streamIdSchema,
  userIdSchema,
  type Conflict,
  type UpdateEvent,
} from '@json-database-sync/domain';
import type { Peer } from './activity-log.js';
import { ConsoleActivityLog, type LineSink } from './console-activity-log.js';

const USER = '0198c0de-5eed-7000-8000-0000000000aa';
const peer: Peer = {
  sessionId: '0198c0de-5eed-7000-8000-00000000cafe',
  address: '10.0.0.7',
  userId: USER,
  clientId: '0198c0de-5eed-7000-8000-0000000000cc',
  protocol: 2,
};

function updateOf(patch: UpdateEvent['forward']): UpdateEvent {
  return {
    type: 'update',
    streamId: streamIdSchema.parse(USER),
    documentId: documentIdSchema.parse('0198c0de-5eed-7000-8000-0000000000dd'),
    version: 3,
    userId: userIdSchema.parse(USER),
    clientId: clientIdSchema.parse('0198c0de-5eed-7000-8000-0000000000cc'),
    mutationId: mutationIdSchema.parse('0198c0de-5eed-7000-8000-0000000000ee'),
    revisionId: revisionIdSchema.parse('3-0123456789abcdef'),
    vectorClock: { node: 3 },
    createdAt: '2026-01-02T03:04:05.678Z',
    cause: null,
    forward: patch,
    reverse: [],
    title: { from: 'Old', to: 'New' },
  };
}

function logInto(options: { color?: boolean; writableLength?: () => number } = {}): {
  log: ConsoleActivityLog;
  lines: string[];
} {
  const lines: string[] = [];
  const sink: LineSink = {
    write: (text) => lines.push(text),
    get writableLength() {
      return options.writableLength?.() ?? 0;
    },
  };
  const now = (): Date => new Date('2026-01-02T03:04:05.678Z');
  return { log: new ConsoleActivityLog({ sink, color: options.color ?? false, now }), lines };
}

describe('ConsoleActivityLog', () => {
  it('prints one line for each thing that happens', () => {
    const { log, lines } = logInto();
    log.connected({ ...peer, userId: null, clientId: null, protocol: null });
    log.authenticated(peer);
    log.received(peer, 'mutate', 312);
    log.sent(peer, 'mutation_results', 120);
    log.committed(updateOf([{ op: 'replace', path: '/text', value: 'Milk' }]), 41);
    log.refused(peer, 'invalid_patch', 'it does not apply');
    log.disconnected(peer, 1001);
    expect(lines).toEqual([
      '03:04:05.678 connect    session 0000cafe user - client - 10.0.0.7\n',
      '03:04:05.678 welcome    session 0000cafe user 000000aa client 000000cc streaming, from 10.0.0.7\n',
      '03:04:05.678 receive <- session 0000cafe user 000000aa client 000000cc mutate 312 B\n',
      '03:04:05.678 send    -> session 0000cafe user 000000aa client 000000cc mutation_results 120 B\n',
      '03:04:05.678 commit     #41 update document 000000dd v3 user 000000aa client 000000cc title {"from":"Old","to":"New"} ' +
        '[{"op":"replace","path":"/text","value":"Milk"}]\n',
      '03:04:05.678 refuse     session 0000cafe user 000000aa client 000000cc invalid_patch: it does not apply\n',
      '03:04:05.678 disconnect session 0000cafe user 000000aa client 000000cc code 1001\n',
    ]);
  });

  it('prints what lost a conflict, and to what', () => {
    const { log, lines } = logInto();
    const conflict: Conflict = {
      baseVersion: 2,
      serverVersion: 5,
      strategy: 'server_wins',
      reason: 'both changed /text',
      dropped: [{ index: 0, operation: { op: 'remove', path: '/text' } }],
      droppedTitle: null,
    };
    log.conflicted('0198c0de-5eed-7000-8000-0000000000dd', conflict);
    expect(lines).toEqual([
      '03:04:05.678 conflict   document 000000dd base v2 lost to v5 (server_wins): both changed /text [{"op":"remove","path":"/text"}]\n',
    ]);
  });

  it('keeps a line short and on one line, and lets nothing steer the terminal', () => {
    const { log, lines } = logInto();
    log.committed(updateOf([{ op: 'add', path: '/a', value: 'x'.repeat(100_000) }]), 1);
    log.refused(peer, 'invalid_message', 'a\nb\u001b[31mc\u009b31md\u202ee');
    expect(lines[0]?.length).toBeLessThan(1_000);
    expect(lines[0]).toMatch(/… \(\d+ characters\)\n$/);
    expect(lines[1]).toMatch(/: a\\u000ab\\u001b\[31mc\\u009b31md\\u202ee\n$/);
  });

  it('is coloured only where that is wanted', () => {
    const plain = logInto();
    const coloured = logInto({ color: true });
    for (const { log } of [plain, coloured]) log.connected(peer);
    expect(plain.lines.join('')).not.toContain('\u001b');
    expect(coloured.lines.join('')).toContain('\u001b[32m');
  });

  it('drops lines for a reader who is too slow, and says how many', () => {
    let waiting = 2 * 1024 * 1024;
    const { log, lines } = logInto({ writableLength: () => waiting });
    log.connected(peer);
    log.connected(peer);
    expect(lines).toEqual([]);
    waiting = 0;
    log.disconnected(peer, 1000);
    expect(lines.join('')).toMatch(/^lost +2 lines: the reader was too slow\n.*code 1000\n$/);
  });
});
