/**
 * Stands in for the package `bindings` in the bundled host: the compiled part of better-sqlite3 lies beside the host,
 * be that a script or a single executable.
 */
import { join } from 'node:path';

interface LoadedAddon {
  exports: unknown;
}

export = function loadAddon(name: string): unknown {
  const addon: LoadedAddon = { exports: {} };
  process.dlopen(addon, join(__dirname, name));
  return addon.exports;
};
