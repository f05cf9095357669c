import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';
import { parseOffsetMsgId } from '../../../src/protocol/offset-msg-id.js';
import { checkTransactionState } from '../../../src/protocol/requests/check-transaction-state.js';
import type { EndTransactionRequest } from '../../../src/protocol/requests/end-transaction.js';
import { decodeStoredMessages } from '../../../src/protocol/stored-message.js';
import type { Answer } from '../../../src/testing/answer.js';
import type { BrokerState } from '../../../src/testing/broker-state.js';
import {
  HalfMessages,
  HALF_TOPIC,
  isHalfMessage,
  type TransactionOptions,
} from '../../../src/testing/half-messages.js';
import type { Sender } from '../../../src/testing/sender.js';
import type { ReleaseName } from '../../../src/testing/server-release.js';
import { storeSend } from '../../../src/testing/store-send.js';
import { command, readCommand } from '../protocol/frames.js';
import { brokerOf, sender } from './handler-kit.js';

const RELEASES: readonly ReleaseName[] = ['5.5.0', '4.9.7'];

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

interface Asked {
  readonly fields: Readonly<Record<string, string>>;
  readonly halfMessage: Buffer;
  readonly flag: number | undefined;
}

/** A broker that asks after 1000 ms, looking every 500 ms, and a client that writes down what it is asked. */
class Bench {
  readonly broker: BrokerState;
  readonly asked: Asked[] = [];
  readonly answered: Answer[] = [];
  readonly half: HalfMessages;
  readonly client: Sender = {
    ...sender,
    sendRequest: (request) => {
      const frame = readCommand(command({ ...request, flag: 2 }));
      const { halfMessage } = checkTransactionState.decodeRequest(frame);
      this.asked.push({ fields: Object.fromEntries(frame.fields()), halfMessage, flag: request.flag });
    },
  };

  constructor(release: ReleaseName, transactions: TransactionOptions = {}, keepsEnded = true) {
    const state = brokerOf(release);
    const options = { timeoutMs: 1000, checkIntervalMs: 500, endBatchMs: 0, ...transactions };
    this.half = new HalfMessages({ ...state, brokerName: 'broker-a', transactions: options, keepsEnded });
    this.broker = { ...state, halfMessages: this.half };
    this.broker.clients.heartbeat('c1', ['g'], this.client);
    this.half.start();
  }

  /** Sends a half message; the request that would end it. */
  send(key: string, properties: Readonly<Record<string, string>> = {}): EndTransactionRequest {
    const own = { UNIQ_KEY: key, WAIT: 'true', u: 'v', TRAN_MSG: 'true', PGROUP: 'g', ...properties };
    const answer = storeSend(
      {
        header: {
          producerGroup: 'g',
          topic: 'orders',
          defaultTopic: 'TBW102',
          defaultTopicQueueNums: 4,
          queueId: 3,
          sysFlag: 4,
          bornAt: Date.now(),
          flag: 7,
          properties: encodeProperties(Object.entries(own)),
        },
        body: Buffer.from(key),
        sender,
      },
      this.broker,
    );
    this.answered.push(answer);
    const { commitLogOffset } = parseOffsetMsgId(answer.fields?.get('msgId') ?? '');
    const tranStateTableOffset = BigInt(answer.fields?.get('queueOffset') ?? -1);
    return { producerGroup: 'g', msgId: key, commitLogOffset, tranStateTableOffset, resolution: 'commit' };
  }

  stored(topic: string): Readonly<Record<string, unknown>>[] {
    return Array.from(this.broker.store.messages(topic), ({ queueId, flag, sysFlag, body, properties }) => ({
      queueId,
      flag,
      sysFlag,
      body: String(body),
      ...Object.fromEntries(decodeProperties(properties)),
    }));
  }

  /** Where the last check said that the half message lies. */
  lastPlace(): Pick<EndTransactionRequest, 'commitLogOffset' | 'tranStateTableOffset'> {
    const fields: Asked['fields'] = this.asked.at(-1)?.fields ?? {};
    return {
      commitLogOffset: BigInt(fields['commitLogOffset'] ?? -1),
      tranStateTableOffset: BigInt(fields['tranStateTableOffset'] ?? -1),
    };
  }
}

test('the half of a transaction is known by its properties', () => {
  expect(
    ['', 'TRAN_MSG\u0001true\u0002', 'a\u0001TRAN_MSG\u0002', 'TRAN_MSG\u0001false\u0002'].map(isHalfMessage),
  ).toEqual([false, true, false, false]);
});

describe.each(RELEASES)('%s', (release) => {
  // As read back from real servers.
  test('nobody can read a half message; committed it is stored in its real queue as real brokers store it', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    expect(bench.stored('orders')).toEqual([]);
    const [answer] = bench.answered;
    expect(answer).toMatchObject({ code: 0 });
    expect(answer?.fields?.get('queueId')).toBe('3');
    expect(answer?.fields?.get('transactionId')).toBe(release === '5.5.0' ? 'K' : undefined);
    const own = { UNIQ_KEY: 'K', WAIT: 'true', u: 'v', TRAN_MSG: 'true', PGROUP: 'g', CLUSTER: 'DefaultCluster' };
    const real = { REAL_TOPIC: 'orders', REAL_QID: '3' };
    const of5 = { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true', __transactionId__: 'K' };
    const half = { ...own, ...real, ...(release === '5.5.0' ? of5 : {}) };
    expect(bench.stored(HALF_TOPIC)).toEqual([{ queueId: 0, flag: 7, sysFlag: 0, body: 'K', ...half }]);
    expect(bench.half.end(end)).toEqual({ code: 0, fields: new Map() });
    const committed = release === '5.5.0' ? { ...own, ...of5 } : { ...own, ...real };
    expect(bench.stored('orders')).toEqual([{ queueId: 3, flag: 7, sysFlag: 8, body: 'K', ...committed }]);
    jest.advanceTimersByTime(5000);
    expect(bench.asked).toEqual([]);
  });

  test('rolled back it is never seen, and nobody is asked', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    expect(bench.half.end({ ...end, resolution: 'rollback' })).toMatchObject({ code: 0 });
    jest.advanceTimersByTime(5000);
    expect([bench.stored('orders'), bench.asked]).toEqual([[], []]);
  });

  test('an unknown end is not answered, and the client is asked again and again, each time about another place', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    expect(bench.half.end({ ...end, resolution: 'unknown' })).toBeUndefined();
    jest.advanceTimersByTime(999);
    expect(bench.asked).toHaveLength(0);
    jest.advanceTimersByTime(1001);
    expect(bench.asked.map(({ fields }) => fields['tranStateTableOffset'])).toEqual(['1', '2', '3']);
    const [first] = bench.asked;
    const always = ['commitLogOffset', 'msgId', 'offsetMsgId', 'tranStateTableOffset', 'transactionId'];
    const since5 = ['bname', 'topic'];
    expect(Object.keys(first?.fields ?? {}).toSorted()).toEqual(
      (release === '5.5.0' ? [...always, ...since5] : always).toSorted(),
    );
    expect(first).toMatchObject({ flag: 2, fields: { msgId: 'K', transactionId: 'K' } });
    const [half] = decodeStoredMessages(first?.halfMessage ?? Buffer.alloc(0));
    expect(half).toMatchObject({ topic: 'orders', queueId: 3, queueOffset: 1n, body: Buffer.from('K') });
    expect(Object.fromEntries(decodeProperties(half?.properties ?? ''))).toMatchObject({
      TRANSACTION_CHECK_TIMES: '1',
      WAIT: 'false',
      REAL_TOPIC: 'orders',
    });
    expect(bench.half.end({ ...end, ...bench.lastPlace() })).toMatchObject({ code: 0 });
    jest.advanceTimersByTime(5000);
    expect(bench.stored('orders')).toHaveLength(1);
    expect(bench.asked).toHaveLength(3);
  });

  test('ending the copy from before a check commits it, and does not end the new one', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    jest.advanceTimersByTime(1000);
    expect(bench.half.end(end)).toMatchObject({ code: 0 });
    jest.advanceTimersByTime(500);
    expect([bench.stored('orders').length, bench.asked.length]).toEqual([1, 2]);
  });

  test('what is ended twice is stored twice', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    bench.half.end(end);
    bench.half.end(end);
    expect(bench.stored('orders')).toHaveLength(2);
  });

  test('an end that does not fit is refused in the words of real brokers', () => {
    const bench = new Bench(release);
    const end = bench.send('K');
    const remarks = [
      { ...end, producerGroup: 'x' },
      { ...end, tranStateTableOffset: 9n },
      { ...end, commitLogOffset: 9n },
    ].map((request) => bench.half.end(request));
    expect(remarks).toEqual([
      { code: 1, fields: new Map(), remark: 'The producer group wrong' },
      { code: 1, fields: new Map(), remark: 'The transaction state table offset wrong' },
      { code: 1, fields: new Map(), remark: 'Find prepared transaction message failed' },
    ]);
  });
});

test('a message may ask not to be checked for a while', () => {
  const bench = new Bench('5.5.0');
  bench.send('K', { CHECK_IMMUNITY_TIME_IN_SECONDS: '3' });
  jest.advanceTimersByTime(2999);
  expect(bench.asked).toHaveLength(0);
  jest.advanceTimersByTime(1);
  expect(bench.asked).toHaveLength(1);
});

test('what nobody tells the end of is given up in the end', () => {
  const bench = new Bench('5.5.0', { maxChecks: 2 });
  bench.send('K');
  jest.advanceTimersByTime(5000);
  expect(bench.asked).toHaveLength(2);
  expect(bench.stored('TRANS_CHECK_MAX_TIME_TOPIC')).toHaveLength(1);
});

test('without a client of the group nobody is asked, but it counts', () => {
  const bench = new Bench('5.5.0', { maxChecks: 2 });
  bench.broker.clients.unregister('c1', 'g', bench.client);
  bench.send('K');
  jest.advanceTimersByTime(5000);
  expect(bench.asked).toHaveLength(0);
  expect(bench.stored('TRANS_CHECK_MAX_TIME_TOPIC')).toHaveLength(1);
});

test('where bodies are not kept, nothing is kept of a transaction that has ended', () => {
  const bench = new Bench('5.5.0', {}, false);
  const end = bench.send('K');
  expect(bench.half.end(end)).toMatchObject({ code: 0 });
  expect(bench.half.end(end)).toMatchObject({ code: 1 });
});

test('a broker that is down asks nobody', () => {
  const bench = new Bench('5.5.0');
  bench.send('K');
  bench.half.stop();
  jest.advanceTimersByTime(5000);
  expect(bench.asked).toHaveLength(0);
});

describe('a message that was committed', () => {
  const committed = (release: ReleaseName): Bench => {
    const bench = new Bench(release, { endBatchMs: 1500 });
    const end = bench.send('K');
    jest.advanceTimersByTime(900);
    expect(bench.half.end(end)).toMatchObject({ code: 0 });
    return bench;
  };

  test('is asked about by 5.5.0 until it has written down what ended, and committing the copy stores it twice', () => {
    const bench = committed('5.5.0');
    jest.advanceTimersByTime(500);
    expect(bench.asked).toHaveLength(1);
    bench.half.end({ producerGroup: 'g', msgId: 'K', ...bench.lastPlace(), resolution: 'commit' });
    expect(bench.stored('orders')).toHaveLength(2);
  });

  test('is there once at 5.5.0 when its copy is rolled back, and then not asked about', () => {
    const bench = committed('5.5.0');
    for (let times = 0; times < 20; times++) {
      const { length } = bench.asked;
      jest.advanceTimersByTime(500);
      if (bench.asked.length > length) {
        bench.half.end({ producerGroup: 'g', msgId: 'K', ...bench.lastPlace(), resolution: 'rollback' });
      }
    }
    const { length } = bench.asked;
    jest.advanceTimersByTime(10_000);
    expect([bench.stored('orders').length, bench.asked.length, length > 0]).toEqual([1, length, true]);
  });

  test('is asked about by 5.5.0 again after a restart that came before that', () => {
    const bench = committed('5.5.0');
    bench.half.stop();
    jest.advanceTimersByTime(10_000);
    expect(bench.asked).toEqual([]);
    bench.half.start();
    jest.advanceTimersByTime(500);
    expect(bench.asked).toHaveLength(1);
  });

  test('is never asked about by 4.9.7', () => {
    const bench = committed('4.9.7');
    bench.half.stop();
    bench.half.start();
    jest.advanceTimersByTime(10_000);
    expect(bench.asked).toEqual([]);
  });
});
