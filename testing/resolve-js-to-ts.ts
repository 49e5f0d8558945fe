/**
 * Lets plain Node find `./x.ts` where a source says `./x.js`.
 *
 * Our relative imports end in `.js`, as the compiled files need. In tests jest's moduleNameMapper maps them back, but it
 * does not apply to globalSetup modules, nor is there jest in a process that a test starts from sources. Import this
 * module first there, without a suffix.
 */
import Module from 'node:module';
import { z } from 'zod';

type Resolve = (request: string, parent: unknown, ...rest: unknown[]) => string;

const internals = Module as unknown as { _resolveFilename: Resolve };
const resolveFilename = internals._resolveFilename.bind(Module);
const importer = z.object({ filename: z.string() });

internals._resolveFilename = (request, parent, ...rest) => {
  const from = importer.safeParse(parent);
  const fromSource = from.success && from.data.filename.endsWith('.ts');
  if (fromSource && /^\.{1,2}\/.*\.js$/.test(request)) {
    try {
      return resolveFilename(request.replace(/\.js$/, '.ts'), parent, ...rest);
    } catch {
      // There is no such source: a JavaScript file may be meant after all.
    }
  }
  return resolveFilename(request, parent, ...rest);
};
