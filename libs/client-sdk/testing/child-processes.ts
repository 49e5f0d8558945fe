/** Starts this package's test programs as real Node processes, from their sources. */
import { resolve } from 'node:path';
import { startProcess, type TestProcess } from '../../../testing/processes.js';

export function startChild(program: string, ...args: string[]): TestProcess {
  const hooks = [
    'esbuild-register',
    resolve(__dirname, '../../../testing/resolve-js-to-ts.ts'),
    resolve(__dirname, 'resolve-domain.ts'),
  ];
  const preload = hooks.flatMap((hook) => ['-r', require.resolve(hook)]);
  return startProcess(process.execPath, [...preload, resolve(__dirname, program), ...args]);
}
