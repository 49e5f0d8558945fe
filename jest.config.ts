/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

/** Everything below `root` shares these; a project differs by which files it takes and what it starts first. */
const shared: Project = {
  rootDir: '.',
  testEnvironment: 'node',
  transform: {
    '^.+\\.(t|m?j)sx?$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', tsx: false, decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
      },
    ],
  },
  // These packages ship ES modules only; jest loads CommonJS, so they are transformed like our own code.
  transformIgnorePatterns: [
    '/node_modules/(?!(jsondiffpatch|@dmsnell|string-width|strip-ansi|ansi-regex|get-east-asian-width)/)',
  ],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@json-database-sync/domain$': '<rootDir>/libs/sync-domain/src/index.ts',
    '^@json-database-sync/client$': '<rootDir>/libs/client-sdk/src/index.ts',
    '^@json-database-sync/client/nest$': '<rootDir>/libs/client-sdk/src/nest/index.ts',
    '^@json-database-sync/migrations$': '<rootDir>/migrations/src/index.ts',
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/libs/ffi/build/'],
  modulePathIgnorePatterns: ['/dist/', '/libs/ffi/build/'],
};

/** Only the suites that need a database pay for one: it is started once a run. */
const withPostgres: Project = {
  globalSetup: '<rootDir>/testing/start-postgres.ts',
  globalTeardown: '<rootDir>/testing/stop-postgres.ts',
};

const config: Config = {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/**/*.unit.spec.ts'] },
    { ...shared, ...withPostgres, displayName: 'int', testMatch: ['<rootDir>/**/*.int.spec.ts'] },
    { ...shared, ...withPostgres, displayName: 'e2e', testMatch: ['<rootDir>/**/*.e2e.spec.ts'] },
  ],
  reporters: ['default', '<rootDir>/testing/closing-line-reporter.cjs'],
  testTimeout: 60_000,
};

export default config;
