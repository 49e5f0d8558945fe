/** jest's globalTeardown for the suites that need PostgreSQL: stops what start-postgres.ts started, once. */
import './resolve-js-to-ts';
import { testPostgres } from './test-postgres.js';

export default async function stopPostgres(): Promise<void> {
  await testPostgres.stop();
}
