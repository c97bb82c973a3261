/** The order of the rooms (docs/architecture.md). test/boundaries.test.ts proves that this check can fail. */

/** A room may import from the lines above its own, and from nothing beside it. */
const ORDER = [
  ['policy'],
  ['pipeline'],
  ['platform'],
  ['config', 'observability'],
  ['secrets'],
  ['network', 'audit', 'simulator', 'agent-desktop'],
  ['store', 'destinations'],
  ['webhooks', 'shipping', 'compatibility'],
  ['endpoint'],
  ['api'],
  ['app'],
  ['cli', 'electron'],
];

/** Forbids imports from `path` to anything of ours that is not under one of `allowed`. */
const only = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: '^(main|renderer|shared)/', pathNot: [...allowed, path] },
});

const rooms = ORDER.flatMap((line, place) =>
  line.map((room) => {
    const below = ORDER.slice(0, place).flat();
    return only(`${room}-keeps-the-order`, `^main/${room}/`, [
      '^shared/',
      `^main/(${below.join('|') || '-'})/`,
    ]);
  }),
);

module.exports = {
  forbidden: [
    only('shared-imports-nothing-of-ours', '^shared/', []),
    {
      name: 'shared-imports-what-browsers-run-only',
      severity: 'error',
      from: { path: '^shared/' },
      to: { pathNot: ['^shared/', 'node_modules/(zod|ipaddr\\.js|url-template)/'] },
    },
    only('renderer-imports-shared-only', '^renderer/', ['^shared/']),
    {
      name: 'pipeline-touches-no-machine',
      severity: 'error',
      from: { path: '^main/(pipeline|policy)/' },
      to: {
        path: '^(node:)?(fs|http|https|http2|net|tls|dgram|child_process|os|worker_threads|sqlite)(/|$)|^electron$|node_modules/(electron|undici|fastify|conf|node-fetch)/',
      },
    },
    ...rooms,
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: {
        path: '^main/',
        pathNot: [`^main/(${ORDER.flat().join('|')})/`, '^main/(index|headless|cli)\\.ts$'],
      },
      to: {},
    },
    {
      name: 'simulator-stands-alone',
      severity: 'error',
      from: { path: '^main/simulator/' },
      to: { path: '^main/', pathNot: '^main/simulator/' },
    },
    {
      name: 'the-shell-is-thin',
      severity: 'error',
      from: { path: '^main/electron/' },
      to: { path: '^main/(policy|audit|store|destinations|webhooks|shipping|compatibility|endpoint)/' },
    },
    {
      name: 'entry-points-are-imported-by-nobody',
      severity: 'error',
      from: {},
      to: { path: '^main/[^/]+\\.ts$' },
    },
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
      to: { circular: true },
    },
    {
      name: 'no-folder-cycles',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(main|shared)' },
      to: { circular: true },
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
