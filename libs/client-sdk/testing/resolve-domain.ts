/** Lets a process that runs this package's sources find the domain's sources, compiled or not. Preloaded with `-r`. */
import Module from 'node:module';
import { resolve } from 'node:path';

type Resolve = (request: string, ...rest: unknown[]) => string;

const internals = Module as unknown as { _resolveFilename: Resolve };
const resolveFilename = internals._resolveFilename.bind(Module);
const domain = resolve(__dirname, '../../sync-domain/src/index.ts');

internals._resolveFilename = (request, ...rest) =>
  request === '@json-database-sync/domain' ? domain : resolveFilename(request, ...rest);
