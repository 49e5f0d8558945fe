import { CATALOGUE, isErrorCode, type ErrorCode } from './catalogue.js';
import { AssertionFailure, assertNever, SyncError } from './sync-error.js';

const CODES = Object.keys(CATALOGUE) as ErrorCode[];

describe('the catalogue', () => {
  it.each(CODES)('says of %s what caused it, what to do and how to recover', (code) => {
    const { cause, remedy, recovery, classic } = CATALOGUE[code];
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(cause).toMatch(/^[A-Z`].*\.$/s);
    expect(remedy).toMatch(/^[A-Z`].*\.$/s);
    expect(['retry', 'rebase', 'reauthenticate', 'reset', 'give_up']).toContain(recovery);
    expect(CODES).toContain(classic);
  });

  it('knows the codes of the classic dialect and maps each to itself', () => {
    const classic = [
      'invalid_auth',
      'document_not_found',
      'invalid_patch',
      'version_mismatch',
      'server_error',
      'rate_limit_exceeded',
      'invalid_message',
    ] as const;
    for (const code of classic) expect(CATALOGUE[code].classic).toBe(code);
    expect(new Set(CODES.map((code) => CATALOGUE[code].classic))).toEqual(new Set(classic));
  });

  it('takes nothing for a code that it does not hold itself', () => {
    expect(isErrorCode('forbidden')).toBe(true);
    for (const code of ['', 'toString', '__proto__', 'FORBIDDEN']) expect(isErrorCode(code)).toBe(false);
  });
});

describe('SyncError', () => {
  it('says what happened, or else the cause in general', () => {
    expect(new SyncError('forbidden', 'viewers do not write').message).toBe('viewers do not write');
    expect(new SyncError('forbidden').message).toBe(CATALOGUE.forbidden.cause);
  });

  it('keeps the cause, the details and the entry', () => {
    const cause = new Error('ECONNRESET');
    const error = new SyncError('server_error', 'the database is away', { cause, details: { attempts: 3 } });
    expect(error).toMatchObject({ name: 'SyncError', code: 'server_error', cause, details: { attempts: 3 } });
    expect(error.entry).toBe(CATALOGUE.server_error);
    expect(error.remedy).toBe(CATALOGUE.server_error.remedy);
    expect(error).toBeInstanceOf(Error);
  });

  it('has no cause where none was given', () => {
    expect(Object.hasOwn(new SyncError('overloaded'), 'cause')).toBe(false);
  });

  it('is worth sending again exactly where the catalogue says so', () => {
    expect(new SyncError('overloaded').retryable).toBe(true);
    expect(new SyncError('invalid_patch').retryable).toBe(false);
    expect(new SyncError('invalid_auth').retryable).toBe(false);
  });
});

describe('assertNever', () => {
  it('throws what is no error of the catalogue', () => {
    const impossible = { kind: 'unheard of' } as unknown as never;
    expect(() => assertNever(impossible, 'command')).toThrow(AssertionFailure);
    expect(() => assertNever(impossible, 'command')).toThrow('command: {"kind":"unheard of"}');
  });
});
