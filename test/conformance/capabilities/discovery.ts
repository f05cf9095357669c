/** Row 14: a web server that knows the name servers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { expectStored, failureOf, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';

/** Serves what `answer` says for the length of `use`. */
async function withWebServer(
  answer: () => { readonly status?: number; readonly text: string },
  use: (domain: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status = 200, text } = answer();
    response.writeHead(status).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.close();
  }
}

const discovery: Capability = {
  row: 14,
  title: 'Name server discovery over HTTP',
  profile: 'plain',
  cases: [
    {
      name: 'a producer that knows only a web server sends to the cluster that it names',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfDiscovered', 1);
        await withWebServer(
          () => ({ text: `${target.nameServers}\n` }),
          (domain, asked) =>
            withProducer(
              target,
              'conf_discovery',
              async (producer) => {
                const message: Message = { topic: 'ConfDiscovered', body: 'found' };
                const record = recordOf(message);
                await expectStored(target, ['ConfDiscovered'], [{ record, receipt: await producer.send(message) }]);
                expect(asked).toEqual(['/rocketmq/conf-unit1?nofix=1']);
              },
              { nameServers: { domain, subgroup: 'conf' }, unitName: 'unit1' },
            ),
        );
      },
    },
    {
      name: 'an answer that is no list of addresses is not used, and the failure names the web server',
      shows: 'refusal',
      run: async (target) => {
        for (const answer of [{ status: 500, text: target.nameServers }, { text: '<html></html>' }, { text: '' }]) {
          await withWebServer(
            () => answer,
            (domain) =>
              withProducer(
                target,
                'conf_discovery_lost',
                async (producer) => {
                  const error = await failureOf(
                    producer.send({ topic: 'ConfDiscovered', body: 'lost' }, { timeoutMs: 1000 }),
                  );
                  expect(error).toMatchObject({ stored: 'no', failure: { stage: 'route' } });
                  expect(error.message).toContain(`http://${domain}/rocketmq/nsaddr`);
                },
                { nameServers: { domain } },
              ),
          );
        }
      },
    },
  ],
};

export const capabilities = [discovery];
