/**
 * Decides which folder the data really lie in, and as whom PostgreSQL runs there.
 *
 * Started by root from a checkout that only root may enter, the unprivileged PostgreSQL cannot reach the default
 * folder inside it. Then a folder of the system is used instead. Invariants: data that exist are never left behind
 * silently for a new empty folder, and a folder that somebody asked for by name is used or refused, never replaced.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalPath, folderThatBlocks, userFor, type RunAs } from './folder-access.js';
import { folderDenied, folderUnreachable } from './postgres-errors.js';

/** Where root puts what must be reachable by the unprivileged PostgreSQL. */
export const SYSTEM_FOLDER = '/var/lib/json-database-sync';

export interface DataFolder {
  readonly folder: string;
  readonly cluster: string;
  readonly runAs: RunAs | undefined;
}

/** The folder of PostgreSQL's own files inside a data folder. */
export function clusterIn(folder: string): string {
  return join(folder, 'postgresql');
}

export async function chooseDataFolder(
  asked: string,
  options: { explicit: boolean; systemFolder: string },
): Promise<DataFolder> {
  const wanted = await describe(asked);
  if (wanted.runAs === undefined) return wanted;

  // A data folder is ours to open for PostgreSQL; what lies above it, or a folder used for other things, is not.
  const closed = (await isOursAlone(wanted.folder)) ? dirname(wanted.folder) : wanted.folder;
  const blocking = await folderThatBlocks(closed, wanted.runAs);
  const wantedHasData = existsSync(wanted.cluster);
  if (options.explicit || wantedHasData) {
    if (blocking === undefined) return wanted;
    throw folderUnreachable(wanted.folder, blocking, wanted.runAs.uid);
  }

  const instead = await describe(join(options.systemFolder, nameFor(wanted.folder)));
  // Once data lie in the system's folder, they stay in use even if the checkout has been opened since.
  return blocking === undefined && !existsSync(instead.cluster) ? wanted : instead;
}

async function describe(path: string): Promise<DataFolder> {
  try {
    const folder = await canonicalPath(path);
    return { folder, cluster: clusterIn(folder), runAs: await userFor(clusterIn(folder)) };
  } catch (error) {
    throw folderDenied(path, error);
  }
}

async function isOursAlone(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return true;
  return (await readdir(folder)).every((name) => name.startsWith('postgresql'));
}

/** Readable for a person, unique for the path: `data-home-ada-notes-data-1f9a03bc`. */
function nameFor(path: string): string {
  const readable = path
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(-60);
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `data-${readable}-${hash}`;
}
