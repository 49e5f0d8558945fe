import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, realpath, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, type RunAs } from './folder-access.js';
import { binariesIn, findPostgresPackage, type PostgresPackage } from './postgres-package.js';
import { reachableBinaries } from './reachable-binaries.js';

describe('the programs of the embedded PostgreSQL', () => {
  let folder: string;
  let installed: PostgresPackage;

  beforeEach(async () => {
    installed = await findPostgresPackage();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'reachable-binaries-')));
    await chmod(folder, 0o755);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A package as npm leaves it when install scripts are switched off: no symbolic links. */
  async function withoutLinks(root: string): Promise<PostgresPackage> {
    const native = join(root, 'native');
    const isNoLink = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink();
    await cp(installed.native, native, { recursive: true, filter: isNoLink });
    return { ...installed, native };
  }

  const version = (program: string, user?: RunAs): string =>
    spawnSync(program, ['--version'], { encoding: 'utf8', cwd: '/', ...user }).stdout;

  it('run in place, also when install scripts were not run', async () => {
    const pkg = await withoutLinks(folder);
    const binaries = await reachableBinaries(pkg, undefined, join(folder, 'system'));
    expect(binaries).toEqual(binariesIn(pkg.native));
    expect(version(binaries.initdb)).toContain(`initdb (PostgreSQL) ${pkg.major}.`);
    expect(await readdir(folder)).toEqual(['native']);
  });

  // Only root runs PostgreSQL as somebody else, and so only root may need a copy.
  if (isRoot()) {
    const nobody = { uid: 65534, gid: 65534 };

    it('are copied once to where nobody can run them, if they lie in a closed folder', async () => {
      await mkdir(join(folder, 'closed'), { mode: 0o700 });
      const pkg = await withoutLinks(join(folder, 'closed'));
      const system = join(folder, 'system');
      const before = process.umask(0o077);
      try {
        const [binaries, again] = await Promise.all([
          reachableBinaries(pkg, nobody, system),
          reachableBinaries(pkg, nobody, system),
        ]);
        expect(again).toEqual(binaries);
        expect(version(binaries.initdb, nobody)).toContain(`initdb (PostgreSQL) ${pkg.major}.`);
        expect(version(binaries.postgres, nobody)).toContain(`postgres (PostgreSQL) ${pkg.major}.`);
        expect(await readdir(system)).toEqual([`postgresql-${pkg.version}`]);

        const made = (await lstat(binaries.postgres)).ino;
        await reachableBinaries(pkg, nobody, system);
        expect((await lstat(binaries.postgres)).ino).toBe(made);

        await truncate(binaries.postgres, 1000);
        const repaired = await reachableBinaries(pkg, nobody, system);
        expect(version(repaired.postgres, nobody)).toContain('PostgreSQL');
        expect(await readdir(system)).toEqual([`postgresql-${pkg.version}`]);
      } finally {
        process.umask(before);
      }
    });
  }
});
