/**
 * Which fault strikes whom, when and for how long: drawn from a seed, as plain data, so that a run can be repeated. It
 * does nothing to anybody; that is `strike.ts`.
 */
import { seededRandom } from '../../src/testing/seeded-random.js';

export const BROKER_VERBS = [
  'kill',
  'kill, stays in routes',
  'pause',
  'stop reading',
  'cut connections',
  'busy',
  'drop',
  'drop answer',
  'disconnect before storing',
  'disconnect after storing',
  'end after storing',
  'duplicate answer',
  'delay',
  'garbage',
] as const;
export const NAME_SERVER_VERBS = ['kill', 'empty', 'pause', 'drop'] as const;
export const CLIENT_VERBS = ['block the event loop'] as const;

export type Fault = { readonly atMs: number; readonly forMs: number; readonly seed: number } & (
  | { readonly target: 'broker'; readonly broker: number; readonly verb: (typeof BROKER_VERBS)[number] }
  | { readonly target: 'name server'; readonly verb: (typeof NAME_SERVER_VERBS)[number] }
  | { readonly target: 'client'; readonly verb: (typeof CLIENT_VERBS)[number] }
);

type Victim =
  | { readonly target: 'broker'; readonly broker: number }
  | { readonly target: 'name server' }
  | { readonly target: 'client' };

/** One lane of faults for each broker; within a lane one follows the other, so at most two are on at any time. */
const LANES: readonly (readonly Victim[])[] = [
  [{ target: 'broker', broker: 0 }, { target: 'name server' }],
  [{ target: 'broker', broker: 1 }, { target: 'client' }],
];
const CALM_MS = { from: 50, to: 500 };
const STORM_MS = { from: 150, to: 1200 };
const BLOCK_MS = { from: 50, to: 500 };
/** Long enough that somebody asks for a route meanwhile. */
const NAME_SERVER_STORM_MS = { from: 1100, to: 1800 };

const durationOf = { broker: STORM_MS, 'name server': NAME_SERVER_STORM_MS, client: BLOCK_MS };

/** Two brokers, `lengthMs` of faults. The same seed makes the same plan; every verb comes before any comes again. */
export function faultPlan(seed: number, lengthMs: number): readonly Fault[] {
  const random = seededRandom(seed);
  const between = ({ from, to }: { readonly from: number; readonly to: number }): number =>
    Math.round(from + (to - from) * random());
  return LANES.flatMap((victims) => {
    const faults: Fault[] = [];
    let bag: Fault[] = [];
    for (let atMs = between(CALM_MS); ;) {
      if (bag.length === 0) bag = shuffled(victims.flatMap(possibleFaults), random);
      const drawn = bag.pop();
      if (drawn === undefined) throw new Error('a lane has no victim');
      const forMs = between(durationOf[drawn.target]);
      if (atMs + forMs > lengthMs) return faults;
      faults.push({ ...drawn, atMs, forMs, seed: Math.floor(random() * 2 ** 31) });
      atMs += forMs + between(CALM_MS);
    }
  });
}

function possibleFaults(victim: Victim): Fault[] {
  const unset = { atMs: 0, forMs: 0, seed: 0 };
  if (victim.target === 'client') return CLIENT_VERBS.map((verb) => ({ ...unset, target: 'client', verb }));
  if (victim.target === 'name server') {
    return NAME_SERVER_VERBS.map((verb) => ({ ...unset, target: 'name server', verb }));
  }
  const { broker } = victim;
  return BROKER_VERBS.map((verb) => ({ ...unset, target: 'broker', broker, verb }));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
