/**
 * The published packages, as a project gets them: packed, unpacked into an empty project, and used there.
 *
 * Each package finds only what its own package.json declares, linked from this repository, so that no network is needed
 * and an import that is not declared fails here.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TEST_FOLDER_PREFIX, removeTestFolder } from './test-folders.js';

const run = promisify(execFile);
const root = path.resolve(__dirname, '..');
const PACKAGES = ['libs/sync-domain', 'libs/client-sdk'];
const SCOPE = '@json-database-sync/';

const packedSchema = z.array(z.object({ name: z.string(), filename: z.string() }));
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

let project: string;

beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), TEST_FOLDER_PREFIX));
  await writeFile(path.join(project, 'package.json'), '{"name": "empty-project", "private": true}');
  for (const folder of PACKAGES) await install(folder);
});
afterAll(() => removeTestFolder(project));

async function install(folder: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: path.join(root, folder),
  });
  const [packed] = packedSchema.parse(JSON.parse(stdout));
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  const target = path.join(project, 'node_modules', packed.name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', path.join(project, packed.filename), '-C', target, '--strip-components=1']);
  const { dependencies } = manifestSchema.parse(JSON.parse(await readFile(path.join(target, 'package.json'), 'utf8')));
  for (const name of Object.keys(dependencies)) {
    if (!name.startsWith(SCOPE)) await link(name, path.join(target, 'node_modules'), path.join(root, folder));
  }
}

/** Links a dependency as the package in the repository sees it; what that one needs is found from where it really is. */
async function link(name: string, modules: string, seenFrom: string): Promise<void> {
  const places = createRequire(path.join(seenFrom, 'package.json')).resolve.paths(name) ?? [];
  const found = await Promise.all(places.map((place) => realpath(path.join(place, name)).catch(() => undefined)));
  const original = found.find((each) => each !== undefined);
  if (original === undefined) throw new Error(`${name} is declared, but not installed`);
  await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
  await symlink(original, path.join(modules, name));
}

/** Runs a script in the project. @returns what it printed */
async function node(name: string, script: string): Promise<string> {
  await writeFile(path.join(project, name), script);
  return (await run(process.execPath, [name], { cwd: project })).stdout;
}

const USE = `
  const client = await SyncClient.open({ database: 'tasks.sqlite3' });
  const { id } = await client.documents.create({ title: 'Milk', content: { litres: 1 } });
  await client.documents.update(id, { merge: { litres: 2 } });
  const { title, content, pending } = client.documents.get(id);
  console.log(JSON.stringify({ title, content, pending, waiting: client.status().pending }));
  await client.close();
`;
const USED = { title: 'Milk', content: { litres: 2 }, pending: true, waiting: 2 };

describe('the packages in an empty project', () => {
  it('work offline, loaded by import', async () => {
    const output = await node('use.mjs', `import { SyncClient } from '${SCOPE}client';\n${USE}`);
    expect(JSON.parse(output)).toEqual(USED);
    expect(await readdir(project)).toContain('tasks.sqlite3');
  });

  it('work offline, loaded by require', async () => {
    const script = `const { SyncClient } = require('${SCOPE}client');\n(async () => {${USE}})();`;
    expect(JSON.parse(await node('use.cjs', script.replace('tasks', 'others')))).toEqual(USED);
  });

  it('have the domain, and nothing that is not for users', async () => {
    const output = await node(
      'domain.mjs',
      `import { canonicalJson } from '${SCOPE}domain';\nconsole.log(canonicalJson({ b: 1, a: [] }));`,
    );
    expect(output.trim()).toBe('{"a":[],"b":1}');
    for (const name of ['domain', 'client']) {
      const files = await readdir(path.join(project, 'node_modules', SCOPE, name), { recursive: true });
      const ours = files.filter((file) => !file.startsWith('node_modules'));
      expect(ours).toContain('dist/index.d.ts');
      expect(ours.filter((file) => /\\.spec\\.|\\.suite\\.|tsbuildinfo|^src|^testing/.test(file))).toEqual([]);
    }
  });

  it('have types, those for Nest included', async () => {
    for (const name of ['@nestjs/common', 'rxjs', 'reflect-metadata'])
      await link(name, path.join(project, 'node_modules'), root);
    await writeFile(path.join(project, 'types.ts'), TYPED);
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'node20',
      '--target',
      'es2023',
      '--experimentalDecorators',
    ];
    const types = ['--types', 'node', '--typeRoots', path.join(root, 'node_modules/@types')];
    const checked = run(
      process.execPath,
      [path.join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, 'types.ts'],
      {
        cwd: project,
      },
    ).catch((error: unknown) => z.object({ stdout: z.string() }).parse(error));
    expect((await checked).stdout).toBe('');
  });
});

/** The line that must not pass shows that the types are there, and not any. */
const TYPED = `
import { Injectable, Module } from '@nestjs/common';
import { SyncClient, type Document } from '${SCOPE}client';
import { SyncClientModule } from '${SCOPE}client/nest';

export async function milk(client: SyncClient): Promise<Document> {
  // @ts-expect-error a title is text
  await client.documents.create({ title: 1, content: {} });
  return client.documents.create({ title: 'Milk', content: { litres: 1 } });
}

@Injectable()
export class Tasks {
  constructor(readonly client: SyncClient) {}
}

@Module({ imports: [SyncClientModule.forRoot({ database: 'tasks.sqlite3' })], providers: [Tasks] })
export class TasksModule {}
`;
