/** What can be told of the container files without a container engine. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { z } from 'zod';
import { DEFINITIONS } from './settings/definitions.js';
import { readSettings } from './settings/settings.js';

const ROOT = resolve(__dirname, '../../..');
const read = (name: string): string => readFileSync(resolve(ROOT, name), 'utf8');

/** The parser that the OpenAPI package brings along. */
function parseYaml(text: string): unknown {
  const load = z.object({ load: z.function({ input: [z.string()], output: z.unknown() }) });
  return load.parse(createRequire(require.resolve('@nestjs/swagger'))('js-yaml')).load(text);
}

describe('docker-compose.yml', () => {
  const healthcheck = z.object({ test: z.array(z.string()) });
  const compose = z
    .object({
      services: z.object({
        postgres: z.object({ image: z.string(), environment: z.record(z.string(), z.string()), healthcheck }),
        server: z.object({
          build: z.literal('.'),
          environment: z.record(z.string(), z.union([z.string(), z.boolean()]).transform(String)),
          depends_on: z.object({ postgres: z.object({ condition: z.literal('service_healthy') }) }),
          stop_grace_period: z.string(),
        }),
      }),
    })
    .parse(parseYaml(read('docker-compose.yml')));
  const { postgres, server } = compose.services;
  /** What compose makes of `${NAME:-default}` where NAME is not set. */
  const environment = Object.fromEntries(
    Object.entries(server.environment).map(([name, value]) => [name, value.replace(/\$\{\w+:-(.*?)\}/g, '$1')]),
  );

  it('sets nothing that the server does not know, and nothing that it refuses', () => {
    expect(Object.keys(DEFINITIONS)).toEqual(expect.arrayContaining(Object.keys(environment)));
    expect(readSettings({ ...environment, NODE_ENV: 'production' })).toMatchObject({
      databaseUrl: 'postgresql://sync:sync@postgres:5432/sync',
      bind: { host: '0.0.0.0', port: 8080 },
      demoMode: true,
    });
  });

  it('uses PostgreSQL 16 under the name, user and database that the server is given', () => {
    expect(postgres.image).toBe('postgres:16');
    expect(postgres.environment).toMatchObject({ POSTGRES_USER: 'sync', POSTGRES_DB: 'sync' });
  });

  it('gives the server longer to stop than the server gives itself', () => {
    const seconds = Number(/^(\d+)s$/.exec(server.stop_grace_period)?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(readSettings(environment).shutdownTimeoutMs);
  });
});

describe('Dockerfile', () => {
  const instructions = read('Dockerfile')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const copies = instructions.filter((line) => line.startsWith('COPY '));

  it('copies only what exists, or is built by then', () => {
    const sources = copies.filter((line) => !line.includes('--from')).flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources)
      expect({ source, exists: existsSync(resolve(ROOT, source)) }).toEqual({ source, exists: true });
  });

  it('knows every workspace, without which npm ci refuses the lock file', () => {
    const { workspaces } = z.object({ workspaces: z.array(z.string()) }).parse(JSON.parse(read('package.json')));
    for (const workspace of workspaces) {
      const line = `COPY ${workspace}/package.json ${workspace}/`;
      expect(copies.filter((copy) => copy === line)).toEqual([line, line]);
    }
  });

  it('ends as an unprivileged user with a health check and the server itself as its process', () => {
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last).toContain('USER node');
    expect(last.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    expect(last.at(-1)).toBe('CMD ["node", "apps/server/dist/main.js"]');
  });
});
