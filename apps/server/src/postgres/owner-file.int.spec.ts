import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder, ownerState } from './owner-file.js';
import { isSameProcessAlive, ownIdentity } from './process-identity.js';

describe('the ownership of a data folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'owner-file-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const leaveOwner = (text: string): Promise<void> => writeFile(join(folder, 'postgresql.owner.7.json'), text);
  const deadOwner = JSON.stringify({ ...ownIdentity(), started: 'before the restart', state: 'owned' });

  it('is held until it is given up, and tells the next how it was left', async () => {
    const first = await claimFolder(folder);
    expect(first.leftAs).toBe('new');
    await expect(claimFolder(folder)).rejects.toMatchObject({ code: 'data_folder_in_use' });
    await first.release();
    const second = await claimFolder(folder);
    expect(second.leftAs).toBe('released');
    await second.abandon();
    expect((await claimFolder(folder)).leftAs).toBe('abandoned');
    expect(await readdir(folder)).toEqual(['postgresql.owner.3.json']);
  });

  it('passes from a dead owner whose process id another process has now', async () => {
    await leaveOwner(deadOwner);
    expect(await ownerState(folder)).toBe('abandoned');
    expect((await claimFolder(folder)).leftAs).toBe('abandoned');
    expect(await ownerState(folder)).toBe('owned');
  });

  it.each(['', '{', '{"pid":"1"}'])('passes from an owner file that a power cut has spoilt: %j', async (text) => {
    await leaveOwner(text);
    expect((await claimFolder(folder)).leftAs).toBe('abandoned');
  });

  it('goes to exactly one of many who find the same dead owner', async () => {
    for (let round = 0; round < 20; round += 1) {
      await rm(folder, { recursive: true });
      folder = await mkdtemp(join(tmpdir(), 'owner-file-'));
      await leaveOwner(deadOwner);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => claimFolder(folder)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(folder)).toEqual(['postgresql.owner.8.json']);
    }
  });

  it('knows a process by its start, not by its id alone', () => {
    const me = ownIdentity();
    expect(isSameProcessAlive(me)).toBe(true);
    expect(isSameProcessAlive({ ...me, started: null })).toBe(true);
    expect(isSameProcessAlive({ ...me, started: `${me.started ?? ''}0` })).toBe(false);
    // Above the highest id that Linux hands out.
    expect(isSameProcessAlive({ pid: 2 ** 30, started: null })).toBe(false);
  });
});
