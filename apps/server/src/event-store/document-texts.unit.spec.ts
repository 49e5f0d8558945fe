import { documentIdSchema } from '@json-database-sync/domain';
import { toDocumentText } from './document-texts.js';

const id = documentIdSchema.parse('0190d000-0000-7000-8000-000000000001');

test('a text is passed on as it is', () => {
  const text = '{"content": {"a": [1, 2]}}';
  expect(toDocumentText({ id, last_sequence: '12', characters: 11, text })).toEqual({
    ...{ id, lastSequence: 12, characters: 11 },
    text,
  });
});

test('numbers that PostgreSQL writes out with all their digits do not make a page many times as large', () => {
  const digits = `1${'0'.repeat(300)}`;
  const text = `{"content": [${Array.from({ length: 1_000 }, () => digits).join(', ')}]}`;
  const kept = toDocumentText({ id, last_sequence: '1', characters: 6_001, text });
  expect(kept.text).toBe(JSON.stringify({ content: Array.from({ length: 1_000 }, () => 1e300) }));
});
