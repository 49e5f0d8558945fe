/** What can be wrong with what comes in, as tables: each row with the codes that the dialects answer. */
import { LIMITS } from '@json-database-sync/domain';

/** What it is, its JSON text, the classic code, the streaming code. */
export type BadText = readonly [what: string, text: string | Buffer, classic: string, streaming: string];

const invalid = (what: string, text: string | Buffer): BadText => [what, text, 'invalid_message', 'invalid_message'];
/** The classic dialect's list of codes is short: what is wrong with a document is an invalid message there. */
const badDocument = (what: string, text: string): BadText => [what, text, 'invalid_message', 'invalid_document'];
const unsafe = (what: string, text: string): BadText => [what, text, 'invalid_message', 'unsafe_number'];
const badPatch = (what: string, text: string): BadText => [what, text, 'invalid_patch', 'invalid_patch'];

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

export const BAD_FRAMES: readonly BadText[] = [
  invalid('nothing at all', ''),
  invalid('text that is not JSON', 'hello'),
  invalid('JSON that breaks off', '{"type":"ping"'),
  invalid('something behind the JSON', '{"type":"ping"} and more'),
  invalid('single quotes', "{'type':'ping'}"),
  invalid('null', 'null'),
  invalid('a number', '42'),
  invalid('a string', '"ping"'),
  invalid('an array', '[{"type":"ping"}]'),
  invalid('an object without a type', '{}'),
  invalid('a type that is a number', '{"type":1}'),
  invalid('a type that is null', '{"type":null}'),
  invalid('a type that nobody knows', '{"type":"explode"}'),
  invalid('a type in capitals', '{"type":"PING"}'),
  invalid('a type named like a method', '{"type":"constructor"}'),
  invalid('a type in the prototype', '{"__proto__":{"type":"ping"}}'),
  invalid('a binary frame', Buffer.from('{"type":"ping"}')),
  badDocument('a key twice', '{"type":"ping","type":"ping"}'),
  badDocument('a frame nested too deep', `{"type":"ping","x":${nested(LIMITS.frameDepth)}}`),
  badDocument('a frame nested far too deep', nested(100_000)),
  badDocument('a NUL in a field that nobody asks for', '{"type":"ping","x":"\\u0000"}'),
  unsafe('an unsafe number in a field that nobody asks for', '{"type":"ping","x":9007199254740993}'),
];

export const BAD_CONTENTS: readonly BadText[] = [
  badDocument('content nested too deep', nested(LIMITS.documentDepth + 1)),
  badDocument('content over the size limit', `"${'x'.repeat(LIMITS.documentCharacters)}"`),
  badDocument('a NUL in a string', '{"text":"a\\u0000b"}'),
  badDocument('a NUL in a key', '{"a\\u0000b":1}'),
  badDocument('a lone high surrogate', '["\\ud83d"]'),
  badDocument('a lone low surrogate in a key', '{"\\ude00":1}'),
  badDocument('surrogates in the wrong order', '["\\ude00\\ud83d"]'),
  badDocument('a key twice', '{"a":1,"a":2}'),
  badDocument('a key twice, once in escapes', '{"a":1,"\\u0061":2}'),
  unsafe('an integer beyond 2^53', '9007199254740993'),
  unsafe('a number that is infinite', '1e400'),
  unsafe('a number with digits that would be lost', '[0.12345678901234567890123]'),
  invalid('NaN', 'NaN'),
  invalid('a control character in a string', '"a\nb"'),
];

const ops = (...operations: object[]): string => JSON.stringify(operations);
const many = (count: number, operation: object): string => ops(...Array.from({ length: count }, () => operation));

/** Patches for a document `{ "text": "one", "list": [1] }`. */
export const BAD_PATCHES: readonly BadText[] = [
  badPatch('a path that is not there', ops({ op: 'replace', path: '/nowhere', value: 1 })),
  badPatch('a parent that is not there', ops({ op: 'add', path: '/no/where', value: 1 })),
  badPatch('a path through a text', ops({ op: 'add', path: '/text/length', value: 1 })),
  badPatch('an index beyond the end', ops({ op: 'add', path: '/list/9', value: 1 })),
  badPatch('an index with a leading zero', ops({ op: 'remove', path: '/list/00' })),
  badPatch('an index that is negative', ops({ op: 'remove', path: '/list/-1' })),
  badPatch('the place behind the end, to be removed', ops({ op: 'remove', path: '/list/-' })),
  badPatch('a method of arrays', ops({ op: 'test', path: '/list/length', value: 1 })),
  badPatch('an inherited property', ops({ op: 'remove', path: '/toString' })),
  badPatch('the prototype, which is no member', ops({ op: 'add', path: '/__proto__/polluted', value: true })),
  badPatch(
    'a way to the prototype by the constructor',
    ops({ op: 'add', path: '/constructor/prototype/polluted', value: true }),
  ),
  badPatch('a test that fails', ops({ op: 'test', path: '/text', value: 'two' })),
  badPatch('a move into itself', ops({ op: 'move', from: '/list', path: '/list/0' })),
  badPatch(
    'a good operation before one that fails',
    ops({ op: 'replace', path: '/text', value: 'two' }, { op: 'remove', path: '/no' }),
  ),
  invalid('a patch that is an object', '{"op":"remove","path":"/text"}'),
  invalid('an operation that nobody knows', ops({ op: 'increment', path: '/text', value: 1 })),
  invalid('an operation without a path', ops({ op: 'remove' })),
  invalid('an add without a value', ops({ op: 'add', path: '/x' })),
  invalid('a move without a source', ops({ op: 'move', path: '/x' })),
  invalid('a pointer without its slash', ops({ op: 'remove', path: 'text' })),
  invalid('a pointer with a bad escape', ops({ op: 'remove', path: '/~2' })),
  invalid('a huge pointer', ops({ op: 'remove', path: `/${'x'.repeat(LIMITS.pointerCharacters)}` })),
  invalid('10,000 operations', many(10_000, { op: 'replace', path: '/text', value: 'x' })),
  badDocument(
    'a value that makes it too deep',
    `[{"op":"add","path":"/list/0","value":${nested(LIMITS.documentDepth)}}]`,
  ),
  badDocument('a NUL in a value', '[{"op":"add","path":"/x","value":"\\u0000"}]'),
  badDocument('a lone surrogate in a path', '[{"op":"add","path":"/\\ud800","value":1}]'),
  unsafe('an unsafe number in a value', '[{"op":"add","path":"/x","value":12345678901234567890}]'),
];
