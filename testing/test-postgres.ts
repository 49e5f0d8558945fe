/** Hands the PostgreSQL of a test run from globalSetup to globalTeardown, which jest may load as separate modules. */

export interface TestPostgres {
  stop(): Promise<void>;
}

const holder = globalThis as typeof globalThis & { jsonDatabaseSyncTestPostgres?: TestPostgres };

export const testPostgres = {
  get: (): TestPostgres | undefined => holder.jsonDatabaseSyncTestPostgres,
  set: (postgres: TestPostgres): void => {
    holder.jsonDatabaseSyncTestPostgres = postgres;
  },
  /** Stops it if there is one; the second call does nothing. */
  stop: async (): Promise<void> => {
    const postgres = holder.jsonDatabaseSyncTestPostgres;
    delete holder.jsonDatabaseSyncTestPostgres;
    await postgres?.stop();
  },
};
