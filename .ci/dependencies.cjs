/**
 * The structure of the tree as rules: which folder may import which. Type imports count. dependency-cruiser reads the
 * sources through swc, because it cannot use TypeScript 7.
 */

/** Each layer may import those behind it, never one before it. */
const LAYERS = ['operators', 'src/producer', 'src/client', 'src/route', 'src/connection', 'src/protocol', 'src/errors'];
/** Import nothing of ours. */
const LEAVES = ['src/callbacks', 'src/time', 'src/collections', 'src/ids'];
/** What a leaf may import all the same. */
const BELOW = { 'src/time': ['src/callbacks'] };
const OURS = '^(src|operators|test|examples)/';

const folders = (names) => `^(${names.join('|')})/`;

const layerRules = LAYERS.slice(1).map((layer, index) => ({
  name: `${layer.replace('/', '-')}-imports-only-lower-layers`,
  comment: 'The arrows of the architecture: operators → producer → client → route → connection → protocol → errors.',
  severity: 'error',
  from: { path: folders([layer]) },
  to: { path: folders(LAYERS.slice(0, index + 1)) },
}));

const leafRules = LEAVES.map((leaf) => ({
  name: `${leaf.replace('/', '-')}-is-a-leaf`,
  comment: 'callbacks, collections and ids import nothing of ours; time only callbacks.',
  severity: 'error',
  from: { path: folders([leaf]) },
  to: { path: OURS, pathNot: folders([leaf, ...(BELOW[leaf] ?? [])]) },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle is two files that are really one idea; type imports count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...layerRules,
    ...leafRules,
    {
      name: 'errors-import-nothing',
      comment: 'Everybody imports the errors.',
      severity: 'error',
      from: { path: '^src/errors/' },
      to: { path: OURS, pathNot: '^src/errors/' },
    },
    {
      name: 'options-import-only-errors',
      comment: 'How options are checked, whoever has them: the embedded cluster has some too.',
      severity: 'error',
      from: { path: '^src/options/' },
      to: { path: OURS, pathNot: folders(['src/options', 'src/errors']) },
    },
    {
      name: 'observe-imports-only-errors-and-time',
      comment: 'Logging must not know what it observes.',
      severity: 'error',
      from: { path: '^src/observe/' },
      to: { path: OURS, pathNot: folders(['src/observe', 'src/errors', 'src/time', 'src/callbacks']) },
    },
    {
      name: 'protocol-is-pure',
      comment:
        'Values to bytes and back: no sockets, timers, streams, logger or clock. The module loader finds codecs.',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { pathNot: ['^src/(protocol|errors)/', '^(node:)?(zlib|buffer|module)$'] },
    },
    {
      name: 'access-imports-only-protocol-and-errors',
      comment: 'Credentials and signatures stand beside the protocol: no sockets, timers, streams, logger or clock.',
      severity: 'error',
      from: { path: '^src/access/' },
      to: { pathNot: ['^src/(access|protocol|errors|callbacks)/', '^(node:)?(crypto|util|buffer)$'] },
    },
    {
      name: 'testing-knows-no-producer',
      comment: 'The embedded broker speaks the protocol on sockets; of routes, clients and producers it knows nothing.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: {
        path: OURS,
        pathNot: folders([
          'src/testing',
          'src/connection',
          'src/access',
          'src/protocol',
          'src/options',
          'src/errors',
          'src/time',
          'src/callbacks',
          'src/collections',
        ]),
      },
    },
    {
      name: 'only-the-composition-imports-operators',
      comment: 'create-producer.ts wires the pipeline, index.ts exports it; nothing else in src knows operators.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(create-producer|index)\\.ts$' },
      to: { path: '^operators/' },
    },
    {
      name: 'producer-themes-stay-apart',
      comment:
        'What a producer can do beside sending: each theme is read by itself; config, core and flow bring them together.',
      severity: 'error',
      from: { path: '^src/producer/(admin|batch|request|transaction)/' },
      to: { path: '^src/producer/(admin|batch|request|transaction)/', pathNot: '^src/producer/$1/' },
    },
    {
      name: 'messages-and-options-know-no-producer',
      comment: 'Everything of the producer imports messages and the check of options.',
      severity: 'error',
      from: { path: '^src/producer/(message|options)/' },
      to: { path: '^src/producer/', pathNot: '^src/producer/$1/' },
    },
    {
      name: 'nobody-imports-the-composition',
      comment: 'Whoever imports it imports everything; only files beside it may.',
      severity: 'error',
      from: { path: '^(src/[^/]+|operators)/' },
      to: { path: '^src/(create-producer|index)\\.ts$' },
    },
    {
      name: 'pino-behind-the-logger',
      comment: 'The library knows the Logger interface; only its default knows pino.',
      severity: 'error',
      from: { path: '^(src|operators)/', pathNot: '^src/observe/logger\\.ts$' },
      to: { path: '(^|/)node_modules/pino' },
    },
    {
      name: 'library-has-declared-dependencies',
      comment: 'What is published imports what package.json promises to users.',
      severity: 'error',
      from: { path: '^(src|operators)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'deprecated'],
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'library-does-not-import-tests',
      comment: 'Tests and examples are not published.',
      severity: 'error',
      from: { path: '^(src|operators)/' },
      to: { path: '^(test|examples)/' },
    },
    {
      name: 'no-dead-files',
      comment: 'Not reachable from a public door: delete it, or use it.',
      severity: 'error',
      from: { path: '^src/(index|testing/index)\\.ts$' },
      to: { path: '^(src|operators)/', pathNot: '^src/(index|testing/index)\\.ts$', reachable: false },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'types', 'default'],
    },
  },
};
