/** The arrows of the house (docs/architecture.md). test/boundaries.test.ts proves that this check can fail. */
const ROOMS = ['destinations', 'auth', 'audit', 'store', 'endpoint', 'webhooks', 'shipping', 'platform'];

/** Forbids imports from `path` to anything of ours that is not under one of `allowed`. */
const only = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: '^(main|renderer|shared)/', pathNot: [...allowed, ...(path.startsWith('^') ? [path] : [])] },
});

module.exports = {
  forbidden: [
    only('shared-imports-nothing-of-ours', '^shared/', []),
    {
      name: 'shared-imports-zod-only',
      severity: 'error',
      from: { path: '^shared/' },
      to: { pathNot: ['^shared/', 'node_modules/zod/'] },
    },
    only('renderer-imports-shared-only', '^renderer/', ['^shared/']),
    only('pipeline-is-pure', '^main/(pipeline|policy)/', ['^shared/', '^main/(pipeline|policy)/']),
    {
      name: 'pipeline-touches-no-machine',
      severity: 'error',
      from: { path: '^main/(pipeline|policy)/' },
      to: {
        path: '^(node:)?(fs|http|https|http2|net|tls|dgram|child_process|os|worker_threads|sqlite)(/|$)|^electron$|node_modules/(electron|undici|fastify|conf|node-fetch)/',
      },
    },
    ...ROOMS.map((room) =>
      only(`${room}-keeps-to-itself`, `^main/${room}/`, [
        '^shared/',
        '^main/policy/',
        '^main/pipeline/(ports|errors)\\.ts$',
      ]),
    ),
    only('simulator-stands-alone', '^main/simulator/', ['^shared/']),
    only('the-shell-is-thin', '^main/electron/', [
      '^shared/',
      '^main/(launch|host)\\.ts$',
      '^main/(dashboard|platform)/',
      '^main/pipeline/(ports|errors)\\.ts$',
    ]),
    {
      name: 'electron-stays-in-the-shell',
      severity: 'error',
      from: { pathNot: '^main/(electron/|index\\.ts$)' },
      to: { path: '^electron$|node_modules/electron/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(main|renderer|shared)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      // The renderer is bundled, so what it is made of is needed at build time only.
      from: { path: '^(main|shared)/' },
      // Electron is the runtime itself, so it is a dev dependency by its own rules.
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/electron/' },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
