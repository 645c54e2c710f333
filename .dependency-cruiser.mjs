/** The walls of house.config.mjs as rules over every import. `via` says in words what to do instead. */
import { owners, rooms } from './house.config.mjs';

const TESTS = '\\.(spec|fake|fixture)\\.ts$|/testing\\.ts$|^test/';

const walls = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room:${room}`,
  comment: `${room} may enter only: ${allowed.join(', ') || 'nothing'} (house.config.mjs)`,
  severity: 'error',
  from: { path: `^${room}/`, pathNot: '\\.int\\.spec\\.ts$' }, // integration tests join what they test with real neighbours
  to: { path: '^(apps|libs)/', pathNot: [room, ...allowed].map((entered) => `^${entered}/`) },
}));

const owned = Object.entries(owners).map(([packages, room]) => ({
  name: `owned-by:${room}`,
  comment: `only ${room} imports this; use what that room exports`,
  severity: 'error',
  from: { path: '^(apps|libs)/', pathNot: [`^${room}/`, TESTS] },
  to: { path: `(^|/)node_modules/(${packages})` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...walls,
    ...owned,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      comment: 'nobody imports it: delete it',
      severity: 'error',
      from: { orphan: true, pathNot: '(^|/)(main|index|testing)\\.ts$|/page/docs\\.js$|^test/skills/attacks/|\\.spec\\.ts$|\\.d\\.m?ts$' },
      to: {},
    },
    {
      name: 'through-the-front-door',
      comment: 'other rooms are entered by their index.ts (tests: also testing.ts)',
      severity: 'error',
      from: { path: '^(?:libs/([^/]+/[^/]+)|apps|test)/' },
      to: { path: '^libs/[^/]+/[^/]+/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/[^/]+/src/(index|testing)\\.ts$'] },
    },
    {
      name: 'sdks-stand-alone',
      comment: 'an SDK is installed without the house',
      severity: 'error',
      from: { path: '^libs/sdk-' },
      to: { path: '^(apps|libs/(kernel|features))/' },
    },
    {
      name: 'nothing-enters-a-door',
      comment: 'apps compose; nobody imports an app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-tests-in-production',
      comment: 'fakes and test support stay in tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'nest-only-in-modules',
      comment: 'libs are plain classes; only <room>.module.ts knows Nest',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.module\\.ts$|\\.spec\\.ts$' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'sql-only-in-stores',
      comment: 'a store is the only SQL of its room',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/kernel/(db|feature)/|\\.(store|module)\\.ts$|${TESTS}` },
      to: { path: '^libs/kernel/db/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(apps/[^/]+|libs/[^/]+/[^/]+|libs/sdk-node)/(dist|src/generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@openclaw/source', 'import', 'default'] },
  },
};
