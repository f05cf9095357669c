/** Row 20: producers that are told only of the brokers near them. */
import type { Message, Producer } from '../../../src/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { expectRefused, expectStored, streamAll, withProducer } from '../sending.js';

const SINCE_5 = { releases: ['5.5.0'], because: 'Brokers and name servers know zones since 5.0.' } as const;

const messagesTo = (topic: string): Message[] =>
  Array.from({ length: 40 }, (_, i) => ({ topic, body: `message ${i}` }));

const zones: Capability = {
  row: 20,
  title: 'Zones',
  profile: 'go-away',
  cases: [
    {
      name: 'messages go to the brokers of the zone only, in whatever case it is written',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        await target.createTopic('ConfZone', 2);
        await withProducer(
          target,
          'conf_zone',
          async (producer) => {
            const stored = await expectStored(target, ['ConfZone'], await streamAll(producer, messagesTo('ConfZone')));
            expect(new Set(stored.map(({ brokerName }) => brokerName))).toEqual(new Set(['broker-b']));
          },
          { zone: 'Conf-FAR' },
        );
      },
    },
    {
      name: 'a topic that does not exist yet is created in the zone only',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        const send = async (producer: Producer): Promise<void> => {
          const stored = await expectStored(
            target,
            ['ConfZoneNew'],
            await streamAll(producer, messagesTo('ConfZoneNew')),
          );
          expect(new Set(stored.map(({ brokerName }) => brokerName))).toEqual(new Set(['broker-b']));
        };
        await withProducer(target, 'conf_zone_new', send, { zone: 'conf-far' });
      },
    },
    {
      name: 'a producer that only names its zone sends to all brokers',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfZoneNamed', 2);
        const send = async (producer: Producer): Promise<void> => {
          const sent = await streamAll(producer, messagesTo('ConfZoneNamed'));
          const stored = await expectStored(target, ['ConfZoneNamed'], sent);
          expect(new Set(stored.map(({ brokerName }) => brokerName))).toEqual(new Set(target.brokers.keys()));
        };
        await withProducer(target, 'conf_zone_named', send, { zone: { name: 'conf-far', mode: false } });
      },
    },
    {
      name: 'with access control what says the zone is signed like everything else',
      shows: 'success',
      profile: 'access-control',
      run: async (target) => {
        await target.createTopic('ConfZoneSigned', 2);
        const send = async (producer: Producer): Promise<void> => {
          await expectStored(target, ['ConfZoneSigned'], await streamAll(producer, messagesTo('ConfZoneSigned')));
        };
        // The Java client adds the zone when it has signed, and is refused.
        const zone = { name: 'conf-far', mode: false };
        await withProducer(target, 'conf_zone_signed', send, { zone, credentials: ADMIN });
      },
    },
    {
      name: 'a name server that knows no zones shows all brokers',
      shows: 'success',
      only: { releases: ['4.9.7'], because: 'Name servers of 5.5 know zones.' },
      run: async (target) => {
        await target.createTopic('ConfZoneOld', 2);
        const send = async (producer: Producer): Promise<void> => {
          const stored = await expectStored(
            target,
            ['ConfZoneOld'],
            await streamAll(producer, messagesTo('ConfZoneOld')),
          );
          expect(new Set(stored.map(({ brokerName }) => brokerName))).toEqual(new Set(target.brokers.keys()));
        };
        await withProducer(target, 'conf_zone_old', send, { zone: 'conf-far' });
      },
    },
    {
      name: 'in a zone without brokers a message fails for want of a route, and is not stored',
      shows: 'refusal',
      only: SINCE_5,
      run: async (target) => {
        await target.createTopic('ConfZoneNowhere', 1);
        const send = async (producer: Producer): Promise<void> => {
          await expectRefused(producer, { topic: 'ConfZoneNowhere', body: 'x' }, 'RMQ_ROUTE_MISSING');
          expect(await target.readBack(['ConfZoneNowhere'])).toEqual([]);
        };
        await withProducer(target, 'conf_zone_nowhere', send, { zone: 'conf-nowhere' });
      },
    },
    {
      name: 'a producer of another zone cannot share the client instance',
      shows: 'refusal',
      run: (target) =>
        withProducer(
          target,
          'conf_zone_one',
          async (first) => {
            await first.start();
            const start = async (second: Producer): Promise<void> => {
              const error: unknown = await second.start().catch((thrown: unknown) => thrown);
              expect(error).toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
            };
            await withProducer(target, 'conf_zone_other', start, { zone: 'conf-far', instanceName: 'conf-zones' });
          },
          { zone: 'conf-near', instanceName: 'conf-zones' },
        ),
    },
  ],
};

export const capabilities = [zones];
