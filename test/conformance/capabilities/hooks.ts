/** Row 8: functions of the application around everything that is sent, and what becomes of what they throw. */
import type { EndTransactionContext, Hooks, Message, Resolution } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import {
  contents,
  expectOnlyNextStored,
  expectRefused,
  expectStored,
  readAtLeast,
  streamAll,
  withProducer,
} from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

/** Brokers ask within seconds, and may be slow to. */
const CHECK_LIMIT_MS = 20_000;

const broken = (): never => {
  throw new Error('this hook is broken');
};

/** What consumers see of a topic, by the keys, once there are so many messages. */
async function keysSeen(target: ConformanceTarget, topic: string, count: number): Promise<readonly string[]> {
  const seen = await readAtLeast(target, [topic], count, CHECK_LIMIT_MS);
  return seen.map(({ properties }) => properties['KEYS'] ?? '').toSorted();
}

const hooks: Capability = {
  row: 8,
  title: 'Hooks',
  profile: 'plain',
  cases: [
    {
      name: 'request hooks see every request and its answer, and a header field that they add disturbs no broker',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfHookRequests', 4);
        const asked: string[] = [];
        const answered: string[] = [];
        const requestHooks: Hooks = {
          beforeRequest: (address, request) => {
            asked.push(`${request.name} ${address}`);
            request.setField('conf-trace', 'größe-1');
          },
          afterResponse: (address, request, { code }) => void answered.push(`${request.name} ${address} ${code}`),
        };
        for (const header of ['json', 'binary'] as const) {
          await withProducer(
            target,
            `conf_hook_${header}`,
            async (producer) => {
              const sent = await streamAll(producer, contents('ConfHookRequests').slice(0, 50));
              expect(sent).toHaveLength(50);
            },
            { hooks: requestHooks, header },
          );
        }
        expect(await target.readBack(['ConfHookRequests'])).toHaveLength(100);
        expect(asked.filter((line) => line.startsWith('SEND_MESSAGE_V2'))).toHaveLength(100);
        expect(answered.filter((line) => /^SEND_MESSAGE_V2 .* 0$/.test(line))).toHaveLength(100);
        expect(answered).toContain(`GET_ROUTEINFO_BY_TOPIC ${target.nameServers} 0`);
        for (const address of target.brokers.values()) expect(answered).toContain(`UNREGISTER_CLIENT ${address} 0`);
      },
    },
    {
      name: 'send hooks see each attempt with its outcome, and messages arrive as they were sent',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfHookSends', 4);
        const before = new Set<string>();
        const after: string[] = [];
        const sendHooks: Hooks = {
          beforeSend: ({ msgId }) => void before.add(msgId),
          afterSend: ({ msgId, address }, outcome) => {
            if (outcome.ok && outcome.receipt.msgId === msgId && before.has(msgId)) after.push(address);
          },
        };
        await withProducer(
          target,
          'conf_hook_sends',
          async (producer) => {
            const sent = await streamAll(producer, contents('ConfHookSends'));
            await expectStored(target, ['ConfHookSends'], sent);
            expect(after).toHaveLength(sent.length);
            expect(new Set(after)).toEqual(new Set(target.brokers.values()));
          },
          { hooks: sendHooks },
        );
      },
    },
    {
      name: 'the end-transaction hook sees each end before its broker does: of local work, and of the answers to checks',
      shows: 'success',
      profile: 'transactions',
      run: async (target) => {
        await target.createTopic('ConfHookEnds', 2);
        const ends: EndTransactionContext[] = [];
        const checkTransaction = ({ tag }: Message): Resolution => (tag === 'rollback' ? tag : 'commit');
        await withProducer(
          target,
          'conf_hook_ends',
          async (producer) => {
            const msgIds: string[] = [];
            for (const word of ['commit', 'rollback', 'unknown'] as const) {
              const message = { topic: 'ConfHookEnds', body: word, keys: word, tag: word };
              msgIds.push((await producer.sendInTransaction(message, () => word)).msgId);
              expect(ends.at(-1)).toMatchObject({ message, resolution: word, isFromCheck: false });
            }
            expect(new Set(await keysSeen(target, 'ConfHookEnds', 2))).toEqual(new Set(['commit', 'unknown']));
            const checked = ends.filter(({ isFromCheck }) => isFromCheck).map(({ message }) => message?.tag);
            expect(checked).toContain('unknown');
            expect([...new Set(ends.map(({ msgId }) => msgId))]).toEqual(msgIds);
            expect(ends.filter(({ msgId, transactionId }) => msgId !== transactionId)).toEqual([]);
            expect(new Set(ends.map(({ address }) => address))).toEqual(new Set(target.brokers.values()));
          },
          { hooks: { endTransaction: (end) => void ends.push(end) }, checkTransaction },
        );
      },
    },
    {
      name: 'transactions end as they were to, although the end-transaction hook throws',
      shows: 'success',
      profile: 'transactions',
      run: async (target) => {
        await target.createTopic('ConfHookEndless', 2);
        const failed: string[] = [];
        await withProducer(
          target,
          'conf_hook_endless',
          async (producer) => {
            producer.events$.subscribe((event) => {
              if (event.type === 'hook-failed') failed.push(event.hook);
            });
            for (const word of ['rollback', 'commit'] as const) {
              const message = { topic: 'ConfHookEndless', body: word, keys: word };
              expect(await producer.sendInTransaction(message, () => word)).toMatchObject({ resolution: word });
            }
            expect(await keysSeen(target, 'ConfHookEndless', 1)).toEqual(['commit']);
          },
          { hooks: { endTransaction: broken } },
        );
        expect(failed).toEqual(['endTransaction', 'endTransaction']);
      },
    },
    {
      name: 'hooks that throw when it is too late, or of no matter, change nothing',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfHookBroken', 4);
        await withProducer(
          target,
          'conf_hook_broken',
          async (producer) => {
            const events: string[] = [];
            producer.events$.subscribe((event) => {
              if (event.type === 'hook-failed') events.push(event.hook);
            });
            const message: Message = { topic: 'ConfHookBroken', body: 'sent all the same' };
            const record = recordOf(message);
            await expectStored(target, ['ConfHookBroken'], [{ record, receipt: await producer.send(message) }]);
            expect(new Set(events)).toEqual(new Set(['beforeSend', 'afterSend', 'afterResponse']));
          },
          { hooks: { beforeSend: broken, afterSend: broken, afterResponse: broken } },
        );
      },
    },
    {
      name: 'a message that checkForbidden refuses is not sent, and the next one is',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfHookForbidden', 4);
        await withProducer(
          target,
          'conf_hook_forbidden',
          async (producer) => {
            const secret: Message = { topic: 'ConfHookForbidden', body: 'refused', tag: 'secret' };
            await expectRefused(producer, secret, 'RMQ_SEND_FORBIDDEN');
            await expectOnlyNextStored(target, producer, 'ConfHookForbidden');
          },
          { hooks: { checkForbidden: ({ message: { tag } }) => void (tag === 'secret' && broken()) } },
        );
      },
    },
    {
      name: 'a request whose beforeRequest throws is not sent, and the next one is',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfHookRefused', 4);
        let isBroken = true;
        const beforeRequest: Hooks['beforeRequest'] = (_address, { name }) =>
          void (isBroken && name === 'SEND_MESSAGE_V2' && broken());
        await withProducer(
          target,
          'conf_hook_refused',
          async (producer) => {
            await expectRefused(producer, { topic: 'ConfHookRefused', body: 'refused' }, 'RMQ_HOOK_FAILED');
            isBroken = false;
            await expectOnlyNextStored(target, producer, 'ConfHookRefused');
          },
          { hooks: { beforeRequest } },
        );
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [hooks];
