/**
 * Users' operators between the stages, each at each place, over sockets: what they drop, double, delay, copy or reorder
 * costs no slot, hangs nothing, and every message that was taken has one outcome, of which the subscriber or the dead
 * letter hears.
 */
import {
  asapScheduler,
  asyncScheduler,
  bufferCount,
  concatMap,
  delay,
  filter,
  map,
  mergeMap,
  type MonoTypeOperatorFunction,
  of,
  observeOn,
  type OperatorFunction,
  pipe,
} from 'rxjs';
import { admit } from '../../operators/admit.js';
import { compressBody } from '../../operators/compress-body.js';
import { fromPull } from '../../operators/from-pull.js';
import { lookupRoute } from '../../operators/lookup-route.js';
import { retryExcludingBroker } from '../../operators/retry-excluding-broker.js';
import { selectQueue } from '../../operators/select-queue.js';
import { sendMessage } from '../../operators/send-message.js';
import { settle } from '../../operators/settle.js';
import { validateMessage } from '../../operators/validate-message.js';
import type { Envelope } from '../../src/producer/message/envelope.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import type { ResultOrder } from '../../src/producer/pipeline-options.js';
import type { Producer } from '../../src/producer/producer.js';
import { disconnect } from '../../src/testing/index.js';
import { message } from './operator-kit.js';
import { TestCluster } from './test-cluster.js';

const servers = new TestCluster();
beforeAll(() => servers.open());
afterAll(() => servers.close());

const places = [
  'above admit',
  'below admit',
  'below compressBody',
  'below lookupRoute',
  'above sendMessage',
  'below sendMessage',
  'above settle',
] as const;
type Place = (typeof places)[number];

type Foreign = <E extends Envelope<number>>() => MonoTypeOperatorFunction<E>;

const isOdd = ({ context }: Envelope<number>): boolean => context % 2 === 1;

const copyOf = <E extends object>(envelope: E): E => ({ ...envelope });

/** What a user may think of. A copy compiles only by force. */
const operators: Readonly<Record<string, Foreign>> = {
  'filter that drops open ones': () => filter((envelope) => envelope.outcome !== undefined || isOdd(envelope)),
  'filter that drops failed ones': () => filter((envelope) => envelope.outcome?.ok !== false),
  'filter that drops every other one': () => filter((envelope) => isOdd(envelope)),
  'mergeMap that doubles': () => mergeMap((envelope) => of(envelope, envelope)),
  'map that copies': () => map((envelope) => copyOf(envelope)),
  'map that copies every other one': () => map((envelope) => (isOdd(envelope) ? envelope : copyOf(envelope))),
  'filter that drops everything': () => filter(() => false),
  delay: () => delay(3),
  'observeOn asap': () => observeOn(asapScheduler),
  'observeOn async': () => observeOn(asyncScheduler),
  'mergeMap of promises': () => mergeMap((envelope) => Promise.resolve(envelope)),
  'mergeMap that reorders': () => mergeMap((envelope) => of(envelope).pipe(delay(isOdd(envelope) ? 4 : 1))),
  'mergeMap(of)': () => mergeMap((envelope) => of(envelope)),
  'bufferCount and concatMap': () => (envelopes$) =>
    envelopes$.pipe(
      bufferCount(3),
      concatMap((three) => of(...three)),
    ),
  'map that throws': () =>
    map((envelope) => {
      if (envelope.context === 5) throw new Error('foreign');
      return envelope;
    }),
};

const MESSAGES = 12;
const WINDOW = 4;

function pipeline(
  producer: Producer,
  foreign: Foreign,
  place: Place,
  { results, batch, dead }: { readonly results: ResultOrder; readonly batch: boolean; readonly dead: number[] },
): OperatorFunction<ReturnType<typeof message>, SendOutcome<number>> {
  const at = <E extends Envelope<number>>(here: Place): MonoTypeOperatorFunction<E> =>
    here === place ? foreign<E>() : (source) => source;
  return pipe(
    pipe(
      validateMessage<number>(),
      at('above admit'),
      admit<number>(producer, {
        window: WINDOW,
        keepsOutcomes: results === 'source' ? 'in-order' : undefined,
        deadLetter: { next: (failure) => dead.push(Number(failure.context)) },
      }),
      at('below admit'),
    ),
    compressBody<number>(),
    at('below compressBody'),
    lookupRoute<number>(producer),
    at('below lookupRoute'),
    retryExcludingBroker<number>(
      pipe(
        selectQueue<number>(undefined, producer, { batch }),
        at('above sendMessage'),
        sendMessage<number>(producer, { batch }),
        at('below sendMessage'),
      ),
      { delayMs: (attempt) => attempt % 2 },
    ),
    at('above settle'),
    settle<number>({ onFailure: 'result', results }),
  );
}

const cases = places.flatMap((place) => {
  const singly = (['completion', 'source'] as const).map((results) => [place, results, false] as const);
  // Elsewhere nothing knows of batches.
  return place.endsWith('sendMessage') ? [...singly, [place, 'completion', true] as const] : singly;
});

describe.each(cases)('%s, results in the order of %s, in batches: %s', (place, results, batch) => {
  test.each(Object.keys(operators))(
    '%s',
    async (name) => {
      const foreign = operators[name];
      if (foreign === undefined) throw new Error(name);
      let turns = 0;
      const rules = servers.cluster.brokers.flatMap((broker) =>
        (['SEND_MESSAGE_V2', 'SEND_BATCH_MESSAGE'] as const).map((code) =>
          broker.script({
            when: { code },
            reply: (turn) => (turns++ % 3 === 0 ? disconnect('before-storing')(turn) : turn.answer(turn.handle())),
          }),
        ),
      );
      const producer = servers.producer({
        group: `foreign-${results}-${batch}-${place}-${name}`.replaceAll(/\W/gu, '-'),
        sendTimeoutMs: 500,
      });
      const dead: number[] = [];
      const emitted: SendOutcome<number>[] = [];
      const messages = Array.from({ length: MESSAGES }, (_, n) =>
        n === 7 ? { ...message(n), topic: '' } : message(n),
      );
      let most = 0;
      const end = await new Promise((resolve) => {
        fromPull(messages)
          .pipe(pipeline(producer, foreign, place, { results, batch, dead }))
          .subscribe({
            next: (outcome) => {
              most = Math.max(most, producer.metrics().inFlight);
              emitted.push(outcome);
            },
            error: resolve,
            complete: () => resolve('complete'),
          });
      });
      await producer.flush();
      const { offered, sent, failed, inFlight, inFlightBytes, buffered } = producer.metrics();
      for (const rule of rules) rule.stop();
      await producer.shutdown({ drain: false });
      expect({ inFlight, inFlightBytes, buffered }).toEqual({ inFlight: 0, inFlightBytes: 0, buffered: 0 });
      expect(most).toBeLessThanOrEqual(WINDOW);
      expect(sent + failed).toBe(offered);
      expect(new Set(dead).size).toBe(failed);
      const contexts = emitted.map(({ context }) => context);
      expect(new Set(contexts).size).toBe(contexts.length);
      if (name === 'map that throws') {
        expect(end).toEqual(new Error('foreign'));
      } else {
        expect(end).toBe('complete');
        expect(contexts).toHaveLength(offered);
        expect(emitted.filter(({ ok }) => ok)).toHaveLength(sent);
      }
      if (results === 'source' && place !== 'above admit') expect(contexts).toEqual(contexts.toSorted((a, b) => a - b));
      if (place !== 'above admit' && end === 'complete') expect(offered).toBe(MESSAGES);
    },
    4000,
  );
});
