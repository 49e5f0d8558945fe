import { describeError } from './logger.js';

describe('describeError', () => {
  it('keeps what helps and leaves out what the database driver adds', () => {
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.org) already exists.',
      parameters: ['a document'],
      query: 'INSERT ...',
    });
    const described = describeError(
      Object.assign(new Error('query failed', { cause: driver }), { driverError: driver }),
    );
    expect(described).toMatchObject({
      type: 'Error',
      message: 'query failed',
      stack: expect.stringContaining('at ') as string,
      cause: { message: 'duplicate key', code: '23505' },
    });
    const text = JSON.stringify(described);
    for (const secret of ['ada@example.org', 'a document', 'INSERT']) expect(text).not.toContain(secret);
  });

  it('bounds the message and the chain of causes', () => {
    const error = new Error('x'.repeat(50_000));
    error.cause = error;
    expect(JSON.stringify(describeError(error)).length).toBeLessThan(40_000);
  });

  it('takes anything that can be thrown', () => {
    expect(describeError('a text')).toEqual({ type: 'string', message: 'a text' });
    expect(describeError(undefined)).toEqual({ type: 'undefined', message: 'undefined' });
  });
});
