/** The temporary folders that test runs keep PostgreSQL's data in, and those that killed runs have left. */
import { readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterIn } from '../apps/server/src/postgres/data-folder.js';
import { userFor } from '../apps/server/src/postgres/folder-access.js';
import { endOrphan } from '../apps/server/src/postgres/orphan.js';
import { claimFolder, ownerState } from '../apps/server/src/postgres/owner-file.js';
import { binariesIn, findPostgresPackage } from '../apps/server/src/postgres/postgres-package.js';

export const TEST_FOLDER_PREFIX = 'json-database-sync-test-';

export async function removeTestFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Ends the PostgreSQL of runs that were killed, and removes their folders. What belongs to a run that is alive or just
 * starting, or to another user, stays.
 */
export async function removeAbandonedTestFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(TEST_FOLDER_PREFIX)) continue;
    // Failing means that it is another user's, or that another run is removing it at this moment.
    await removeIfAbandoned(join(tmpdir(), name)).catch(() => undefined);
  }
}

async function removeIfAbandoned(path: string): Promise<void> {
  const folder = await realpath(path);
  if ((await ownerState(folder)) !== 'abandoned') return;
  const ownership = await claimFolder(folder);
  const cluster = clusterIn(folder);
  const binaries = binariesIn((await findPostgresPackage()).native);
  await endOrphan({ folder, cluster, runAs: await userFor(cluster) }, binaries, ownership.leftAs);
  await removeTestFolder(folder);
}
