/** The headers say what the tables say: one that was not made anew, or was edited, fails here. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CATALOGUE } from '@json-database-sync/domain';
import { codesHeader, wireHeader } from './headers.js';
import { STATUS } from './status-codes.js';

const read = (file: string): string => readFileSync(resolve(__dirname, '../..', file), 'utf8');

test('sync_engine_codes.h and wire_codes.hpp are those of the tables (npm run ffi:headers)', () => {
  expect(read('include/sync_engine_codes.h')).toBe(codesHeader());
  expect(read('native/wire_codes.hpp')).toBe(wireHeader());
});

test('every error of the catalogue has a status of its own, and none is that of another', () => {
  for (const code of Object.keys(CATALOGUE)) expect(STATUS).toHaveProperty(code);
  const numbers = Object.values(STATUS);
  expect(new Set(numbers).size).toBe(numbers.length);
});
