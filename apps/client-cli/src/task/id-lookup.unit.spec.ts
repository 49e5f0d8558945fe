import { CliFailure } from '../cli-failure.js';
import { resolveId, shortId } from './id-lookup.js';

const IDS = [
  '019f0000-0000-7000-8000-00000000abcd',
  '019f0000-0000-7000-8000-00000000abce',
  '550e8400-e29b-41d4-a716-446655440000',
];

function resolve(typed: string): string {
  return resolveId(
    typed,
    (id) => IDS.includes(id),
    () => IDS,
  );
}

function failureOf(typed: string): { code: string; exitCode: number } {
  try {
    resolve(typed);
  } catch (error) {
    if (error instanceof CliFailure) return { code: error.code, exitCode: error.exitCode };
  }
  throw new Error(`${typed} was found`);
}

describe('ids as they are typed', () => {
  it.each([
    [IDS[0], IDS[0]],
    ['550E8400-E29B-41D4-A716-446655440000', IDS[2]],
    ['550e', IDS[2]],
    [' 550e8400-e29b ', IDS[2]],
    ['abcd', IDS[0]],
    ['5544', IDS[2]],
    ['0000abce', IDS[1]],
  ])('finds %s', (typed = '', expected = '') => {
    expect(resolve(typed)).toBe(expected);
  });

  it('finds each by what lists show of it', () => {
    expect(IDS.map(shortId).map(resolve)).toEqual(IDS);
  });

  it.each([
    ['019f', 'invalid_argument', 2],
    ['550', 'invalid_argument', 2],
    ['', 'invalid_argument', 2],
    ['../etc', 'invalid_argument', 2],
    ['beef', 'document_not_found', 3],
    ['550e8400-e29b-41d4-a716-446655440001', 'document_not_found', 3],
  ])('turns down %j', (typed, code, exitCode) => {
    expect(failureOf(typed)).toEqual({ code, exitCode });
  });

  it('names the documents that an ambiguous part fits', () => {
    expect(() => resolve('019f')).toThrow(`"019f" fits 2 documents: ${IDS[0]}, ${IDS[1]}.`);
  });
});
