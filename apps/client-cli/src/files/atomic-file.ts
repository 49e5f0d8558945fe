/** A file that is either there whole or not there: written beside its place, and moved to it at the end. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliFailure } from '../cli-failure.js';

/**
 * Whatever `chunks` throws is thrown on, and nothing is left behind.
 * @throws CliFailure `storage_failed`
 */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  const file = await stored(path, () => open(temporary, 'wx', 0o600));
  try {
    try {
      for await (const chunk of chunks) await stored(path, () => writeAll(file, chunk));
      await stored(path, () => file.sync());
    } finally {
      await file.close();
    }
    await stored(path, () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
}

async function stored<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure('storage_failed', `${path} cannot be written: ${why}`, {
      remedy: 'Check the folder, the disk space and the permissions.',
      cause: error,
    });
  }
}
