/**
 * The lock by which one server owns a data folder.
 *
 * The lock is the file `postgresql.owner.<n>.json` with the highest n. Invariants:
 *  - a file of a given number is made by a hard link, so it appears complete and only one process can make it;
 *  - whoever finds the highest one free (released, or its process dead) claims by making the next number;
 *  - the highest file is never deleted, only those below it, so numbers never start again and of two servers that find
 *    the same dead owner exactly one wins;
 *  - only its owner changes a file, and only from `owned` to `released` or `abandoned`.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { folderInUse, isErrno } from './postgres-errors.js';
import { isSameProcessAlive, ownIdentity } from './process-identity.js';

const OWNER_FILE = /^postgresql\.owner\.(\d+)\.json$/;

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  started: z.string().nullable(),
  state: z.enum(['owned', 'released', 'abandoned']),
});
type Owner = z.infer<typeof ownerSchema>;

/** How the folder was left before us; `abandoned` when its owner died without stopping PostgreSQL. */
export type LeftAs = 'new' | 'released' | 'abandoned';

export interface Ownership {
  readonly leftAs: LeftAs;
  /** Gives the folder up. Call it only when no PostgreSQL runs in it any more. */
  release(): Promise<void>;
  /** Gives the folder up with PostgreSQL perhaps still running: the next owner treats it as left by a crash. */
  abandon(): Promise<void>;
}

/** Makes this process the owner of the folder. Throws `data_folder_in_use` while another living process is. */
export async function claimFolder(folder: string): Promise<Ownership> {
  for (;;) {
    const highest = await highestNumber(folder);
    const previous = highest === 0 ? undefined : await readOwner(folder, highest);
    if (previous !== undefined && holds(previous)) throw folderInUse(folder, describeOwner(previous.pid));
    const mine = highest + 1;
    if (!(await makeOwnerFile(folder, mine))) continue;
    if ((await highestNumber(folder)) > mine) {
      // Ours had been used and tidied away before we made it again: the true owner has a higher one.
      await rm(ownerPath(folder, mine), { force: true });
      continue;
    }
    await removeBelow(folder, mine);
    return ownership(folder, mine, highest === 0 ? 'new' : leftBy(previous));
  }
}

/** Who has the folder, without claiming it. */
export async function ownerState(folder: string): Promise<LeftAs | 'owned'> {
  const highest = await highestNumber(folder);
  if (highest === 0) return 'new';
  const owner = await readOwner(folder, highest);
  return owner !== undefined && holds(owner) ? 'owned' : leftBy(owner);
}

function holds(owner: Owner): boolean {
  return owner.state === 'owned' && isSameProcessAlive(owner);
}

function leftBy(owner: Owner | undefined): LeftAs {
  return owner?.state === 'released' ? 'released' : 'abandoned';
}

function ownership(folder: string, number: number, leftAs: LeftAs): Ownership {
  const replace = async (owner: Owner): Promise<void> => {
    const temporary = temporaryPath(folder);
    await writeFile(temporary, JSON.stringify(owner), { mode: 0o644 });
    await rename(temporary, ownerPath(folder, number));
  };
  return {
    leftAs,
    release: () => replace({ ...ownIdentity(), state: 'released' }),
    abandon: () => replace({ ...ownIdentity(), state: 'abandoned' }),
  };
}

async function makeOwnerFile(folder: string, number: number): Promise<boolean> {
  const temporary = temporaryPath(folder);
  const owner: Owner = { ...ownIdentity(), state: 'owned' };
  try {
    await writeFile(temporary, JSON.stringify(owner), { mode: 0o644 });
    await link(temporary, ownerPath(folder, number));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** An unreadable file (a power cut can leave one empty) is an owner that died. Undefined also when just tidied away. */
async function readOwner(folder: string, number: number): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(ownerPath(folder, number), 'utf8')));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function highestNumber(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).map((name) => Number(OWNER_FILE.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

async function removeBelow(folder: string, number: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const found = Number(OWNER_FILE.exec(name)?.[1] ?? number);
    if (found < number) await rm(join(folder, name), { force: true });
  }
}

function describeOwner(pid: number): string {
  return pid === process.pid ? 'this process itself' : `another server (process ${pid})`;
}

function ownerPath(folder: string, number: number): string {
  return join(folder, `postgresql.owner.${number}.json`);
}

function temporaryPath(folder: string): string {
  return join(folder, `postgresql.owner.tmp-${randomBytes(6).toString('hex')}`);
}
