import { SyncError } from '@json-database-sync/domain';
import { failureOf, CliFailure } from '../cli-failure.js';
import { EXIT, exitCodeFor } from '../exit-codes.js';
import { afterRead, afterWrite } from './outcome.js';
import { refusalOf, unreachableReason } from './refusal.js';

const refused = {
  state: 'refused',
  code: 'invalid_auth',
  reason: 'The token was not accepted',
  remedy: 'Log in.',
} as const;

describe('how a write ends', () => {
  it.each([
    [{ state: 'synced' } as const, 0, undefined],
    [{ state: 'offline' } as const, 0, 'saved locally, will sync later (1 change waits)'],
    [
      { state: 'unreachable', reason: 'nobody there' } as const,
      0,
      'saved locally, will sync later (1 change waits; the server is not reachable: nobody there)',
    ],
  ])('%j', (outcome, exitCode, note) => {
    expect(afterWrite(outcome, 1)).toEqual(note === undefined ? { exitCode } : { exitCode, note });
  });

  it('late: exit 5, and the write is kept', () => {
    const { exitCode, failure } = afterWrite({ state: 'late' }, 2);
    expect(exitCode).toBe(5);
    expect(`${failure?.message} ${failure?.remedy}`).toMatch(/2 changes wait.*saved locally.*--wait/);
  });

  it('refused: exit 1, and the write is kept', () => {
    const { exitCode, failure } = afterWrite(refused, 1);
    expect(exitCode).toBe(1);
    expect(failure?.message).toBe('The token was not accepted. It is saved locally.');
  });
});

describe('how reading ends', () => {
  it('is no failure unless the server does not want us', () => {
    expect(afterRead({ state: 'synced' })).toEqual({ exitCode: 0 });
    expect(afterRead({ state: 'offline' })).toEqual({ exitCode: 0 });
    expect(afterRead({ state: 'late' }).exitCode).toBe(0);
    expect(afterRead({ state: 'unreachable', reason: 'x' })).toEqual({
      exitCode: 0,
      note: 'offline: this is what was here at the last sync (x)',
    });
    expect(afterRead(refused).exitCode).toBe(1);
  });
});

describe('the last error of the client', () => {
  it('tells a refusal from a server that is not there', () => {
    const error = { message: 'm', remedy: 'r' };
    expect(refusalOf(null)).toBeUndefined();
    expect(refusalOf({ code: 'connection_lost', ...error })).toBeUndefined();
    expect(refusalOf({ code: 'invalid_auth', ...error })).toMatchObject({ state: 'refused', code: 'invalid_auth' });
    expect(refusalOf({ code: 'unsupported_protocol', ...error })).toMatchObject({ state: 'refused' });
    expect(unreachableReason('connect ECONNREFUSED 127.0.0.1:1', 'ws://x')).toBe('nothing listens at ws://x');
    expect(unreachableReason(undefined, 'ws://x')).toBe('no answer from ws://x');
    expect(unreachableReason('getaddrinfo ENOTFOUND x', 'ws://x')).toBe('getaddrinfo ENOTFOUND x');
  });
});

describe('exit codes', () => {
  it('are the promised ones', () => {
    expect(EXIT).toEqual({ ok: 0, failure: 1, usage: 2, notFound: 3, conflict: 4, notSynced: 5 });
    expect(exitCodeFor('document_not_found')).toBe(3);
    expect(exitCodeFor('version_mismatch')).toBe(4);
    expect(exitCodeFor('timed_out')).toBe(5);
    expect(exitCodeFor('storage_failed')).toBe(1);
  });

  it('go with every error, the unforeseen included', () => {
    const full = failureOf(new SyncError('storage_failed', 'The disk is full.'));
    expect(full).toMatchObject({ code: 'storage_failed', message: 'The disk is full.', exitCode: 1 });
    expect(full.remedy).toContain('disk space');
    expect(failureOf(new TypeError('x is not a function'))).toMatchObject({ code: 'unexpected', exitCode: 1 });
    const known = new CliFailure('invalid_argument', 'No.');
    expect(failureOf(known)).toBe(known);
  });
});
