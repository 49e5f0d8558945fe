/** `npm run ffi:headers`: writes the headers that are made of the tables in this folder. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codesHeader, wireHeader } from './headers.js';

const folder = resolve(__dirname, '../..');
writeFileSync(join(folder, 'include/sync_engine_codes.h'), codesHeader());
writeFileSync(join(folder, 'native/wire_codes.hpp'), wireHeader());
