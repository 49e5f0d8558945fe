import { ReadAhead } from './read-ahead.js';

const failing = (): Promise<string> => Promise.reject(new Error('the database is away'));

test('what was begun is handed out once', async () => {
  const ahead = new ReadAhead<string>();
  let reads = 0;
  const read = () => Promise.resolve(`page ${++reads}`);
  ahead.begin('a', read);
  ahead.begin('a', read);
  expect(await ahead.take('a')).toBe('page 1');
  expect(await ahead.take('a')).toBeUndefined();
  expect(await ahead.take('b')).toBeUndefined();
  expect(reads).toBe(1);
});

test('what could not be read is left to whoever asks', async () => {
  const ahead = new ReadAhead<string>();
  ahead.begin('a', failing);
  expect(await ahead.take('a')).toBeUndefined();
});

test('no more than so many are begun; what nobody comes for gives way in time', async () => {
  const ahead = new ReadAhead<string>();
  const begun: string[] = [];
  const begin = (key: string): void => {
    ahead.begin(key, () => {
      begun.push(key);
      return Promise.resolve(key);
    });
  };
  for (const key of ['a', 'b', 'c', 'd', 'e']) begin(key);
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  expect(await ahead.take('c')).toBe('c');
  begin('f');
  begin('g');
  expect(begun.slice(4)).toEqual(['f']);
  for (let n = 0; n < 64; n++) await ahead.take('nothing');
  begin('g');
  expect(begun.slice(5)).toEqual(['g']);
  expect(await ahead.take('a')).toBeUndefined();
  expect(await ahead.take('f')).toBe('f');
});
