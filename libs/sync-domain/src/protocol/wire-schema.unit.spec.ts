/**
 * The wire under guard: the whole schema of each dialect is pinned by a hash, and the tables of docs/protocol.md are held
 * against the schemas, the limits and the error catalogue.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CATALOGUE } from '../errors/catalogue.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import { LIMITS } from '../limits.js';
import { classicDownSchema } from './classic-down.js';
import { classicUpSchema } from './classic-up.js';
import { mutationResultSchema, streamingDownSchema } from './streaming-down.js';
import { mutationSchema, streamingUpSchema } from './streaming-up.js';

/**
 * What a peer may send or gets, as it stands on the wire. A change of the classic hash is a broken promise: that dialect is
 * fixed. A change of the streaming one is fine where old and new peers still understand each other, and otherwise calls
 * for a new protocol version; either way docs/protocol.md changes with it.
 */
const PINNED = {
  1: '7d246ed1e74d075480e1c5b22fdae4b117c860beabd66f05731987acd6c73bae',
  2: '418e8c036bee81cc9d0919d59b3cbb669f5c4422d2b26473b4e5acde2d04271b',
} as const;

const SCHEMAS: Record<keyof typeof PINNED, readonly z.ZodType[]> = {
  1: [classicUpSchema, classicDownSchema],
  2: [streamingUpSchema, mutationSchema, streamingDownSchema],
};

function hashOf(schemas: readonly z.ZodType[]): string {
  const described = schemas.map((schema) => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(described)) as JsonValue))
    .digest('hex');
}

describe('the wire schema', () => {
  it.each([1, 2] as const)('of protocol %d is the one that is pinned', (protocol) => {
    expect(hashOf(SCHEMAS[protocol])).toBe(PINNED[protocol]);
  });

  it('has another hash when a field is added', () => {
    const changed = z.object({ type: z.literal('ping'), colour: z.string().optional() });
    expect(hashOf([changed])).not.toBe(hashOf([z.object({ type: z.literal('ping') })]));
  });
});

const DOCUMENT = readFileSync(join(__dirname, '../../../../docs/protocol.md'), 'utf8');

/** The cells of the first table under a heading, its head left out. */
function tableUnder(heading: string): string[][] {
  const lines = DOCUMENT.slice(DOCUMENT.indexOf(`\n${heading}\n`) + 1).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? rows.length : end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** `` `a`, `b?` `` as a sorted list. */
const fieldsIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([a-z_]+\??)`/g)].map(([, name]) => name ?? '').toSorted();

interface MessageUnion {
  readonly options: readonly { readonly shape: Readonly<Record<string, z.ZodType>> }[];
}

/** Each message's fields, `?` behind the optional ones, by its tag; without the tag and without what `common` names. */
function messagesOf(
  { options }: MessageUnion,
  tag: 'type' | 'kind',
  common: readonly string[],
): Record<string, string[]> {
  return Object.fromEntries(
    options.map(({ shape }): [string, string[]] => {
      const literal = z.string().parse(z.instanceof(z.ZodLiteral).parse(shape[tag]).value);
      const fields = Object.entries(shape).filter(([name]) => name !== tag && !common.includes(name));
      return [
        String(literal),
        fields.map(([name, field]) => (field.safeParse(undefined).success ? `${name}?` : name)).toSorted(),
      ];
    }),
  );
}

const tableOfMessages = (heading: string): Record<string, string[]> =>
  Object.fromEntries(tableUnder(heading).map(([type = '', fields]) => [type, fieldsIn(fields)]));

describe('docs/protocol.md', () => {
  it.each<[string, MessageUnion]>([
    ['### Classic, client to server', classicUpSchema],
    ['### Classic, server to client', classicDownSchema],
    ['### Streaming, client to server', streamingUpSchema],
    ['### Streaming, server to client', streamingDownSchema],
  ])('lists the messages and their fields: %s', (heading, schema) => {
    expect(tableOfMessages(heading)).toEqual(messagesOf(schema, 'type', ['request_id']));
  });

  it('lists the kinds of mutations and their fields', () => {
    const common = ['mutation_id', 'stream_id', 'document_id'];
    expect(tableOfMessages('### Mutations')).toEqual(messagesOf(mutationSchema, 'kind', common));
  });

  it('lists the statuses of a mutation', () => {
    const section = DOCUMENT.slice(DOCUMENT.indexOf('| status | meaning |'));
    const statuses = [...section.slice(0, section.indexOf('\n\n')).matchAll(/^\| ([a-z]+) \|/gm)].map(
      ([, name]) => name,
    );
    expect(statuses.slice(1)).toEqual(mutationResultSchema.shape.status.options);
  });

  it('lists the limits', () => {
    const listed = tableUnder('### Limits').map(([name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(listed)).toEqual(LIMITS);
  });

  it('lists the errors, with cause, remedy, recovery and the classic code', () => {
    const listed = tableUnder('## Errors').map(([code, cause, remedy, recovery, classic]) => [
      code,
      { cause, remedy, recovery, classic },
    ]);
    expect(Object.fromEntries(listed)).toEqual(CATALOGUE);
  });
});
