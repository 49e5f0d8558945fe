/** The headers that are made of the tables in this folder, so that C and TypeScript cannot mean different numbers. */
import { CATALOGUE } from '@json-database-sync/domain';
import { ENUMS } from './enums.js';
import { STATUS } from './status-codes.js';
import { HEADER_BYTES, KIND, MAX_BODY_BYTES, NULL_FIELD, OPERATION, PROTOCOL } from './wire.js';

const MADE = '/* Made by `npm run ffi:headers` from libs/ffi/src/abi: do not edit. */';

const LIBRARY_TEXT: Readonly<Record<string, string>> = {
  ok: 'It was done.',
  invalid_handle: 'The handle is NULL, was never one, or has been destroyed.',
  null_argument: 'An argument that may not be NULL is.',
  not_utf8: 'A text is not UTF-8.',
  not_json: 'A text that has to be JSON is not.',
  host_unavailable: 'The host is being started again: nothing was done. Try again in a moment.',
  host_lost: 'The host died during the call: it may have been done or not.',
  host_incompatible: 'The host is of another version than the library.',
  host_not_started: 'The host could not be started.',
  forked: 'The engine was made in another process, before a fork.',
  result_too_large: 'The result is too large to be handed over at once: ask for less.',
  out_of_memory: 'There is no memory left.',
  would_deadlock: 'The call would wait for the very thread that it is made on.',
  internal: 'A bug in the library.',
};

export function codesHeader(): string {
  const causes: Readonly<Record<string, { readonly cause: string } | undefined>> = CATALOGUE;
  const status = Object.entries(STATUS).map(([name, number]) => {
    const constant = name === 'ok' ? 'SYNC_ENGINE_OK' : `SYNC_ENGINE_ERROR_${name.toUpperCase()}`;
    return `  /** ${causes[name]?.cause ?? LIBRARY_TEXT[name] ?? ''} */\n  ${constant} = ${number}`;
  });
  const enums = Object.entries(ENUMS).map(([name, { prefix, members }]) => {
    const lines = Object.entries(members).map(
      ([member, number]) => `  SYNC_ENGINE_${prefix}_${member.toUpperCase()} = ${number}`,
    );
    return enumeration(name, lines);
  });
  const names = Object.entries(STATUS).map(([name, number]) => `  X(${number}, "${name}")`);
  return [
    MADE,
    '#ifndef SYNC_ENGINE_CODES_H',
    '#define SYNC_ENGINE_CODES_H',
    '',
    '/** What a call came to. The numbers never change their meaning; new ones may come. */',
    enumeration('status', status),
    '',
    enums.join('\n\n'),
    '',
    '/** Every status with its name. */',
    `#define SYNC_ENGINE_STATUS_NAMES(X) \\\n${names.join(' \\\n')}`,
    '',
    '#endif',
    '',
  ].join('\n');
}

/** What library and host say to each other; not for users. */
export function wireHeader(): string {
  const constants = (name: string, type: string, members: Readonly<Record<string, number>>): string =>
    `enum class ${name} : ${type} {\n${Object.entries(members)
      .map(([member, number]) => `  ${camel(member)} = ${number},`)
      .join('\n')}\n};`;
  return [
    MADE,
    '#pragma once',
    '#include <cstddef>',
    '#include <cstdint>',
    '',
    'namespace sync_engine_internal {',
    '',
    `inline constexpr std::int32_t kProtocol = ${PROTOCOL};`,
    `inline constexpr std::size_t kHeaderBytes = ${HEADER_BYTES};`,
    `inline constexpr std::uint32_t kNullField = ${NULL_FIELD}u;`,
    `inline constexpr std::uint32_t kMaxBodyBytes = ${MAX_BODY_BYTES}u;`,
    '',
    constants('Kind', 'std::uint8_t', KIND),
    '',
    constants('Operation', 'std::int32_t', OPERATION),
    '',
    '}  // namespace sync_engine_internal',
    '',
  ].join('\n');
}

function enumeration(name: string, lines: readonly string[]): string {
  return `typedef enum sync_engine_${name} {\n${lines.join(',\n')}\n} sync_engine_${name};`;
}

/** `kAtVersion`, as constants are called in the library. */
function camel(name: string): string {
  return `k${name.replace(/(^|_)([a-z])/g, (_all, _start, letter: string) => letter.toUpperCase())}`;
}
