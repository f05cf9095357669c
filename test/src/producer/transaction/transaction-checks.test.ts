import { ambientContext } from '../../../../src/callbacks/async-context.js';
import { setImmediate as turn } from 'node:timers/promises';
import { whenReadable } from '../../../../src/protocol/compression.js';
import type { TransactionCheck } from '../../../../src/client/transaction-check-requests.js';
import type { TransactionDesk } from '../../../../src/producer/transaction/local-transaction.js';
import { RecentEnds } from '../../../../src/producer/transaction/recent-ends.js';
import { TransactionChecks } from '../../../../src/producer/transaction/transaction-checks.js';
import type { CheckTransaction } from '../../../../src/producer/transaction/transaction.js';
import { VirtualTime } from '../../time/virtual-time.js';

/** The checks of a producer whose transactions nobody ever decides. */
function undecided(limits: { readonly concurrency?: number; readonly waiting?: number } = {}) {
  const time = new VirtualTime();
  const signals: AbortSignal[] = [];
  const warnings: string[] = [];
  const bodies: string[] = [];
  const check: CheckTransaction = ({ body }, { signal }) => {
    signals.push(signal);
    bodies.push(Buffer.from(body).toString());
    return new Promise(() => {});
  };
  const none = (): void => {};
  const desk: TransactionDesk = {
    clock: time.clock,
    groupOnWire: 'group',
    openTransactions: new Map(),
    recentEnds: new RecentEnds(time.clock),
    connectionTo: () => {
      throw new Error('nothing is answered here');
    },
    masterOf: () => undefined,
    nameOnWire: (topic) => topic,
    tellEnd: undefined,
  };
  const checks = new TransactionChecks({
    desk,
    limits: { concurrency: 10, timeoutMs: 1000, waiting: 10, ...limits },
    check,
    maxMessageBytes: 1024,
    topicOf: (onWire) => onWire,
    callerContext: ambientContext,
    logger: { debug: none, info: none, error: none, warn: (_, text = '') => void warnings.push(text) },
  });
  return { checks, signals, warnings, bodies, time };
}

/** What a broker asks about one transaction. */
const question = (address: string, offset = 0n): TransactionCheck => ({
  request: {
    tranStateTableOffset: offset,
    commitLogOffset: offset,
    msgId: 'key',
    transactionId: 'key',
    offsetMsgId: undefined,
    brokerName: 'broker',
    topic: 'orders',
    halfMessage: Buffer.alloc(0),
  },
  half: {
    topic: 'orders',
    queueId: 0,
    queueOffset: 0n,
    commitLogOffset: 0n,
    sysFlag: 0,
    flag: 0,
    bornAt: 0,
    storedAt: 0,
    bornHost: { host: '127.0.0.1', port: 1 },
    storeHost: { host: '127.0.0.1', port: 1 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0n,
    properties: '',
    body: Buffer.from('x'),
  },
  properties: new Map([['UNIQ_KEY', 'key']]),
  address,
});

test('two brokers that ask about one message are two questions, and each is asked once', () => {
  const { checks, signals } = undecided();
  for (const address of ['a:1', 'b:1', 'a:1', 'b:1', 'a:1']) checks.onCheck(question(address));
  expect(signals).toHaveLength(2);
});

test('a close tells everybody who is asked, and leaves no timer', () => {
  const { checks, signals, time, warnings } = undecided();
  for (const address of ['a:1', 'b:1']) checks.onCheck(question(address));
  checks.close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  time.advance(10_000);
  expect(warnings).toEqual([]);
});

test('no more questions wait than may', () => {
  const { checks, signals, warnings } = undecided({ concurrency: 1, waiting: 2 });
  for (const address of ['a:1', 'b:1', 'c:1', 'd:1']) checks.onCheck(question(address));
  expect(signals).toHaveLength(1);
  expect(warnings).toEqual(['too many transaction checks wait: the broker will ask again']);
});

test('no more questions wait than may in bytes, and those that are over make room', () => {
  const { checks, signals, warnings, time } = undecided({ concurrency: 1, waiting: 2000 });
  const large = Buffer.alloc(16 * 1024 * 1024);
  const ask = (address: string, halfMessage = large): void => {
    const check = question(address);
    checks.onCheck({ ...check, request: { ...check.request, halfMessage } });
  };
  for (const address of ['a:1', 'b:1', 'c:1', 'd:1']) ask(address);
  expect(warnings).toEqual([]);
  ask('e:1');
  // Asked again about the same, it holds no more than before.
  ask('d:1');
  expect(warnings).toEqual(['too many transaction checks wait: the broker will ask again']);
  time.advance(1000);
  ask('e:1');
  expect(signals).toHaveLength(2);
  expect(warnings.filter((text) => text.startsWith('too many'))).toHaveLength(1);
  checks.close();
});

test('a half message in zstd is asked about as soon as it can be read, and not after its time', async () => {
  // With Node's own zstd at once, with the package when it is loaded.
  const loading = whenReadable(0x201);
  const { checks, bodies, warnings } = undecided();
  const late = undecided();
  for (const [i, asked] of [checks, late.checks].entries()) {
    const check = question('a', BigInt(i));
    const body = Buffer.from('28b52ffd2003190000796573', 'hex');
    asked.onCheck({ ...check, half: { ...check.half, sysFlag: 0x201, body } });
  }
  late.time.advance(1000);
  await loading;
  await turn();
  expect([bodies, warnings]).toEqual([['yes'], []]);
  expect(late.bodies).toEqual(loading === undefined ? ['yes'] : []);
});
