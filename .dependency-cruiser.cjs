/** Imports run one way: domain <- client SDK <- (ffi, terminal client); domain <- server. Tests may cross. */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The domain knows no Node built-in, framework, driver, clock or randomness: adapters hand them in.',
      severity: 'error',
      from: { path: '^libs/sync-domain/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/sync-domain/src', 'node_modules/(zod|uuid|jsondiffpatch)/'] },
    },
    {
      name: 'server-and-sdk-apart',
      comment: 'Server and SDK share the domain and the wire protocol, nothing else.',
      severity: 'error',
      from: { path: '^apps/server/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs/client-sdk|apps/client-cli|libs/ffi)' },
    },
    {
      name: 'sdk-below-its-users',
      severity: 'error',
      from: { path: '^libs/client-sdk/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|migrations|libs/ffi)/' },
    },
    {
      name: 'cli-uses-the-sdk-only',
      severity: 'error',
      from: { path: '^apps/client-cli/src', pathNot: ['\\.spec\\.ts$', '^apps/client-cli/src/demo/'] },
      to: { path: '^(apps/server|migrations|libs/ffi)/' },
    },
    {
      name: 'ffi-uses-the-sdk-only',
      severity: 'error',
      from: { path: '^libs/ffi/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|migrations)/' },
    },
    {
      name: 'packages-by-their-name',
      comment: 'Across packages, import the package name, never a file inside it.',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|libs)/[^/]+/src', pathNot: ['^$1/$2/', '^(apps|libs)/[^/]+/src/(index|nest/index)\\.ts$'] },
    },
    {
      name: 'benchmarks-are-used-by-nobody',
      severity: 'error',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/.*src', pathNot: '\\.(spec|suite)\\.tsx?$' },
      // A peer (Nest, for the SDK's module) is declared, and brought by whoever uses it.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    // The peers have dependencies of their own, which are installed for one benchmark only.
    exclude: { path: ['^libs/ffi/build/', '^bench/peers/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
    },
  },
};
