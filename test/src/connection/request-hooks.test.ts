import { createSecretKey } from 'node:crypto';
import { CredentialSource } from '../../../src/access/credential-source.js';
import { FrameSigner } from '../../../src/access/frame-signer.js';
import { Connection } from '../../../src/connection/connection.js';
import { ConnectionCounters } from '../../../src/connection/connection-counters.js';
import {
  type HookedRequest,
  type HookedResponse,
  RequestHookList,
  type RequestHooks,
} from '../../../src/connection/request-hooks.js';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { FLAG_RESPONSE, type HeaderEncoding, type OutgoingFrame } from '../../../src/protocol/command.js';
import { writeFrame } from '../../../src/protocol/frame.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { printsOf } from '../../printers.js';
import { VirtualTime } from '../time/virtual-time.js';
import { endOfTurn, FakeNetwork } from './fake-network.js';
import { answerTo, framesIn, outgoingOneway, Waiting } from './frames.js';
import { signatureOf } from '../access/plain-signature.js';

const ADDRESS = '10.0.0.1:10911';

async function setUp(
  encoding: HeaderEncoding = 'json',
  requestFields?: ReadonlyMap<string, string>,
  signer?: FrameSigner,
) {
  const time = new VirtualTime();
  const network = new FakeNetwork();
  const hooks = new RequestHookList();
  const connection = new Connection(
    ADDRESS,
    {
      clock: time.clock,
      sweep: new DeadlineSweep(time.clock),
      dial: network.dial,
      connectTimeoutMs: 3000,
      counters: new ConnectionCounters(),
      encoding,
      hooks,
      requestFields,
      signer,
    },
    { onOpen() {}, onClosed() {}, onGoAway: () => undefined, onServerRequest() {} },
  );
  connection.open();
  const transport = network.last;
  transport.server.onOpen();
  await endOfTurn();
  const reports: string[] = [];
  const add = (installed: RequestHooks): (() => void) =>
    hooks.add(installed, (hook, error) => reports.push(`${hook}: ${String(error)}`));
  const seen = (): ReturnType<typeof framesIn> => framesIn(Buffer.concat(transport.written));
  const turn = async (): Promise<void> => {
    await endOfTurn();
    time.advance(0);
  };
  return { connection, hooks, add, reports, transport, seen, turn };
}

const request: OutgoingFrame = {
  writeTo(out, opaque, encoding, requestFields = new Map()) {
    const fields = new Map([['a', 'group'], ...requestFields]);
    const rest = { code: 310, flag: 0, version: 513, language: 'OTHER', remark: undefined } as const;
    writeFrame(out, { ...rest, opaque, fields, body: Buffer.from('body') }, encoding);
  },
};

describe.each(['json', 'binary'] as const)('with %s headers', (encoding) => {
  test('hooks see a request, and what they add leaves with it', async () => {
    const { connection, add, seen, turn } = await setUp(encoding, new Map([['ns', 'space']]));
    const calls: unknown[] = [];
    add({
      beforeRequest: (address, { code, name, isOneway, fields, body, setField }) => {
        calls.push([address, code, name, isOneway, Object.fromEntries(fields), Buffer.from(body ?? []).toString()]);
        expect(setField).toBeDefined();
      },
    });
    add({ beforeRequest: (_, hooked) => hooked.setField('traceparent', '00-ä-01') });
    add({ beforeRequest: (_, { fields }) => calls.push(fields.get('traceparent')) });
    connection.request(request, new Waiting());
    connection.request(request, new Waiting());
    await turn();
    expect(calls.slice(0, 2)).toEqual([
      [ADDRESS, 310, 'SEND_MESSAGE_V2', false, { a: 'group', ns: 'space' }, 'body'],
      '00-ä-01',
    ]);
    expect(seen().map(({ opaque, encoding: used }) => [opaque, used])).toEqual([
      [0, encoding],
      [1, encoding],
    ]);
    expect(seen()[1]).toMatchObject({ code: 310, flag: 0, version: 513, language: 'OTHER' });
    expect(Object.fromEntries(seen()[1]?.fields ?? [])).toEqual({ a: 'group', ns: 'space', traceparent: '00-ä-01' });
    expect(Buffer.from(seen()[1]?.body ?? []).toString()).toBe('body');
  });
});

test('a request is signed behind the hooks: what they add is covered', async () => {
  const given = { accessKey: 'key', secretKey: 'secret' };
  const source = new CredentialSource({ given, now: () => 0, onProblem: () => {} });
  const { connection, add, seen } = await setUp('json', undefined, new FrameSigner(source));
  let shown: string[] = [];
  add({
    beforeRequest: (_, hooked) => {
      shown = [...hooked.fields.keys()];
      hooked.setField('traceparent', '00-01');
    },
  });
  connection.request(request, new Waiting());
  await endOfTurn();
  expect(shown).toEqual(['a']);
  const { fields, body, version } = seen()[0] ?? frameOfNothing();
  expect(Object.fromEntries(fields)).toMatchObject({ AccessKey: 'key', a: 'group', traceparent: '00-01' });
  const key = createSecretKey(Buffer.from('secret'));
  expect(fields.get('Signature')).toBe(signatureOf(fields, body ?? Buffer.alloc(0), version, key));
});

const frameOfNothing = (): never => {
  throw new Error('nothing was sent');
};

test('answers come with their request, before whoever waits for them has them', async () => {
  const { connection, add, transport, turn } = await setUp();
  const order: unknown[] = [];
  const shown: [HookedRequest, HookedResponse][] = [];
  add({
    afterResponse: (address, hooked, response) => {
      order.push(address, response.code);
      shown.push([hooked, response]);
    },
  });
  const waiting = new Waiting();
  connection.request(request, waiting);
  await turn();
  expect(waiting.answers).toHaveLength(0);
  const answer = { code: 17, remark: 'no', fields: new Map([['x', 'y']]), body: Buffer.from('why') };
  transport.server.onBytes(answerTo(0, answer));
  expect(order).toEqual([ADDRESS, 17]);
  expect(waiting.answers).toMatchObject([{ code: 17 }]);
  expect(shown[0]?.[0]).toMatchObject({ code: 310 });
  const { code, remark, fields, body } = shown[0]?.[1] ?? frameOfNothing();
  expect({ code, remark, fields, body }).toEqual({
    code: 17,
    remark: 'no',
    fields: new Map([['x', 'y']]),
    body: Buffer.from('why'),
  });
});

test('a hook that throws, or gives a promise, fails its request in the next turn, and nothing of it leaves', async () => {
  const { connection, add, seen, turn } = await setUp();
  const bad: (() => unknown)[] = [
    () => {
      throw new Error('no way');
    },
    () => Promise.reject(new Error('asynchronous')),
  ];
  for (const beforeRequest of bad) {
    const remove = add({ beforeRequest });
    const [waiting, oneway] = [new Waiting(), new Waiting()];
    connection.request(request, waiting);
    connection.oneway(outgoingOneway(35), oneway);
    connection.oneway(outgoingOneway(35));
    expect([waiting.failures, oneway.failures]).toEqual([[], []]);
    await turn();
    for (const { failures } of [waiting, oneway]) {
      expect(failures).toMatchObject([{ code: 'RMQ_HOOK_FAILED', stored: 'no', detail: { hook: 'beforeRequest' } }]);
    }
    remove();
  }
  expect(seen()).toEqual([]);
  const waiting = new Waiting();
  connection.request(request, waiting);
  await turn();
  expect(seen()).toHaveLength(1);
  expect(waiting.failures).toEqual([]);
});

test('what afterResponse throws is reported, and the answer and the other hooks go on', async () => {
  const { connection, add, transport, reports, turn } = await setUp();
  let others = 0;
  add({
    afterResponse: () => {
      throw new Error('first');
    },
  });
  add({ afterResponse: () => Promise.reject(new Error('second')) as unknown as void });
  add({ afterResponse: () => void others++ });
  const waiting = new Waiting();
  connection.request(request, waiting);
  await turn();
  transport.server.onBytes(answerTo(0));
  expect(waiting.answers).toHaveLength(1);
  expect(others).toBe(1);
  expect(reports).toEqual(['afterResponse: Error: first', 'afterResponse: TypeError: a hook must not be asynchronous']);
});

test('the fields of the request itself cannot be changed, nor can a field be no text', async () => {
  const { connection, add, turn } = await setUp();
  for (const [name, value] of [
    ['a', 'other'],
    ['', 'x'],
    ['b', ''],
    ['b', 5],
    [5, 'b'],
  ] as [string, string][]) {
    const remove = add({ beforeRequest: (_, hooked) => hooked.setField(name, value) });
    const waiting = new Waiting();
    connection.request(request, waiting);
    await turn();
    expect(waiting.failures).toMatchObject([{ code: 'RMQ_HOOK_FAILED' }]);
    remove();
  }
});

test('answers of ours to a server are no requests', async () => {
  const { connection, add, seen, turn } = await setUp();
  let calls = 0;
  add({ beforeRequest: () => void calls++ });
  connection.oneway({
    writeTo(out, _opaque, encoding) {
      const rest = { code: 0, version: 513, language: 'OTHER', remark: undefined, fields: new Map(), body: undefined };
      writeFrame(out, { ...rest, opaque: 77, flag: FLAG_RESPONSE }, encoding);
    },
  });
  await turn();
  expect(calls).toBe(0);
  expect(seen()).toMatchObject([{ opaque: 77, flag: FLAG_RESPONSE }]);
});

test('a hook may send something itself, and may close the connection', async () => {
  const { connection, add, seen, turn } = await setUp();
  const inner = new Waiting();
  let isInner = false;
  const remove = add({
    beforeRequest: (_, hooked) => {
      if (isInner) return;
      isInner = true;
      connection.request(request, inner);
      hooked.setField('outer', 'yes');
    },
  });
  connection.request(request, new Waiting());
  await turn();
  expect(seen().map(({ fields }) => fields.get('outer'))).toEqual([undefined, 'yes']);
  remove();
  add({ beforeRequest: () => connection.close(createError('RMQ_CLOSED', 'by the hook')) });
  const waiting = new Waiting();
  connection.request(request, waiting);
  await turn();
  expect(waiting.failures).toMatchObject([{ code: 'RMQ_CLOSED', stored: 'no' }]);
});

test('hooks that were taken out are called no more', async () => {
  const { connection, add, hooks } = await setUp();
  let calls = 0;
  const remove = add({ beforeRequest: () => void calls++ });
  expect(hooks.isEmpty).toBe(false);
  connection.request(request, new Waiting());
  remove();
  remove();
  connection.request(request, new Waiting());
  expect(calls).toBe(1);
  expect(hooks.isEmpty).toBe(true);
});

test('a request and its answer show neither fields nor bodies, however they are printed, copied or cloned', async () => {
  const { connection, add, transport, turn } = await setUp('json', new Map([['field', 'secret']]));
  const told: object[] = [];
  add({ afterResponse: (_, hooked, response) => void told.push(hooked, response) });
  connection.request(request, new Waiting());
  await turn();
  transport.server.onBytes(answerTo(0, { fields: new Map([['field', 'secret']]), body: Buffer.from('body') }));
  await turn();
  expect(told).toHaveLength(2);
  const body = Buffer.from('body');
  expect(
    told.flatMap((one) => printsOf(one, ['secret', "'body'", body.join(), body.join(', '), '62 6f 64 79'])),
  ).toEqual([]);
});
