import { zoneKind, zoneOf } from '../../../../src/producer/options/zone-option.js';

const VARIABLES = ['ROCKETMQ_ZONE', 'ROCKETMQ_ZONE_MODE'] as const;
const before = VARIABLES.map((name) => process.env[name]);

function setEnvironment(values: readonly (string | undefined)[]): void {
  for (const [i, name] of VARIABLES.entries()) {
    const value = values[i];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
beforeEach(() => setEnvironment([]));
afterEach(() => setEnvironment(before));

test.each([
  ['near', { name: 'near', mode: 'true' }],
  [{ name: 'near' }, { name: 'near', mode: 'true' }],
  [
    { name: 'near', mode: true },
    { name: 'near', mode: 'true' },
  ],
  [{ name: 'near', mode: false }, { name: 'near' }],
  [false, undefined],
] as const)('%j is told as %j, whatever the environment says', (given, zone) => {
  setEnvironment(['far', 'yes']);
  expect(zoneOf(given)).toEqual(zone);
});

test.each([
  [undefined, undefined, undefined],
  ['', '', undefined],
  ['  ', '\t', undefined],
  ['near', undefined, { name: 'near' }],
  ['near', ' ', { name: 'near' }],
  ['near', 'TRUE', { name: 'near', mode: 'TRUE' }],
  [' near', 'yes', { name: ' near', mode: 'yes' }],
  [undefined, 'true', { mode: 'true' }],
])('the environment with %j and %j is told as %j, as the Java client tells it', (name, mode, zone) => {
  setEnvironment([name, mode]);
  expect(zoneOf(undefined)).toEqual(zone);
});

test.each([
  true,
  '',
  'a b',
  'z'.repeat(256),
  {},
  { mode: true },
  { name: 'a', mode: 'true' },
  { name: 'a', only: true },
])('%j is no zone', (given) => {
  expect(zoneKind.accepts(given)).toBe(false);
});
