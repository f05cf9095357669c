/**
 * No text of a peer makes its parser take more than a few steps for each byte: whoever answers could hold up the process.
 * Steps are counted, not time.
 */
import { countEngineSteps, startCountingBlocks, type StepCounter } from './count-steps.js';
import { regExpSteps } from './regexp-steps.js';

const MIB = 1024 * 1024;
/** Blocks, or steps of patterns and what the engine looks at. */
const STEPS_PER_BYTE = 32;
const LIMIT = STEPS_PER_BYTE * MIB;

const CLASSES: readonly (readonly [name: string, character: string])[] = [
  ['blanks', ' '],
  ['line feeds', '\n'],
  ['NUL', '\0'],
  ['name-value separators', '\u0001'],
  ['property separators', '\u0002'],
  ['digits', '1'],
  ['lower-case letters', 'a'],
  ['upper-case letters', 'A'],
  ['underscores', '_'],
  ['colons', ':'],
  ['semicolons', ';'],
  ['commas', ','],
  ['dots', '.'],
  ['percent signs', '%'],
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['opening braces', '{'],
  ['opening brackets', '['],
  ['closing brackets', ']'],
  ['accented letters', 'é'],
  ['emoji', '😀'],
];

/** Loaded anew: what was compiled before blocks are counted has no counters. */
async function loadParsers(): Promise<Readonly<Record<string, (text: string) => unknown>>> {
  jest.resetModules();
  const { answerError } = await import('../../src/protocol/classify-response.js');
  const { decompress } = await import('../../src/protocol/compression.js');
  const { decodeMessage } = await import('../../src/protocol/decoded-message.js');
  const { readBinaryHeader, encodeBinaryHeader } = await import('../../src/protocol/header-binary.js');
  const { readJsonHeader, encodeJsonHeader } = await import('../../src/protocol/header-json.js');
  const { ReceivedFrame } = await import('../../src/protocol/received-frame.js');
  const { parseRouteData } = await import('../../src/protocol/parse-route-data.js');
  const { parseRelaxedJson } = await import('../../src/protocol/relaxed-json.js');
  const { decodeProperties } = await import('../../src/protocol/properties.js');
  const { decodeStoredMessages } = await import('../../src/protocol/stored-message.js');
  const { unwrapNamespace, namespaceOfAddress } = await import('../../src/protocol/namespace.js');
  const { parseOffsetMsgId } = await import('../../src/protocol/offset-msg-id.js');
  const { parseRecallHandle } = await import('../../src/protocol/recall-handle.js');
  const { splitBatchAnswer } = await import('../../src/protocol/batch-envelope.js');
  const { SysFlag } = await import('../../src/protocol/sys-flag.js');
  const { splitZstdFrames } = await import('../../src/protocol/zstd-frames.js');
  const { toTopicRoute } = await import('../../src/route/topic-route.js');
  const { areAddresses, NameServers, parseNameServers } = await import('../../src/route/name-servers.js');
  const { vipAddress } = await import('../../src/route/vip-address.js');
  const { parseServerAddress } = await import('../../src/connection/server-address.js');
  const { FrameReader } = await import('../../src/connection/frame-reader.js');
  const { tlsFailure, isAboutTls } = await import('../../src/connection/tls-failure.js');
  const { messageOfHalf } = await import('../../src/producer/transaction/half-message.js');
  const { printable } = await import('../../src/errors/printable.js');
  const { Clock } = await import('../../src/time/clock.js');

  const command = (fields: Readonly<Record<string, string>>, remark?: string) => ({
    code: 0,
    opaque: 0,
    flag: 1,
    version: 0,
    language: 'JAVA',
    remark,
    fields: new Map(Object.entries(fields)),
    body: undefined,
  });
  const frameOf = (read: typeof readJsonHeader, header: Buffer) => {
    const frame = new ReceivedFrame();
    frame.reset(header);
    read(header, 0, header.length, frame);
    return frame;
  };
  const json = (header: Buffer) => frameOf(readJsonHeader, header);
  const binary = (header: Buffer) => frameOf(readBinaryHeader, header);
  const route = (given: Readonly<Record<string, unknown>>) =>
    toTopicRoute(
      { ...parseRouteData(Buffer.from('{}')), ...parseRouteData(Buffer.from(JSON.stringify(given))) },
      { topic: 't', isProvisional: false, previous: undefined, mapAddress: (address) => address },
    );
  const stored = (given: Readonly<Record<string, unknown>>) => ({
    topic: 't',
    queueId: 0,
    queueOffset: 0n,
    commitLogOffset: 0n,
    flag: 0,
    sysFlag: 0,
    bornAt: 0,
    bornHost: { host: '127.0.0.1', port: 1 },
    storedAt: 0,
    storeHost: { host: '127.0.0.1', port: 1 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0n,
    body: Buffer.alloc(0),
    properties: '',
    ...given,
  });
  const inflate = (type: number) => (text: string) => decompress(Buffer.from(text), SysFlag.COMPRESSED | type, 4 * MIB);
  const codes = [1, 2, 13, 16, 17, 30, 2001, 4711];

  return {
    'bytes of a connection': (text) => new FrameReader(() => {}).push(Buffer.from(text)),
    'bytes of a connection, in pieces': (text) => {
      const reader = new FrameReader(() => {});
      const head = Buffer.from([0, 0x20, 0, 0, 0, 0, 0x10, 0]);
      reader.push(head);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 512) reader.push(bytes.subarray(at, at + 512));
    },
    'a JSON header': (text) => json(Buffer.from(text)),
    'the remark of a JSON header': (text) => json(encodeJsonHeader(command({}, text))),
    'a field of a JSON header': (text) => json(encodeJsonHeader(command({ a: text }))).fields(),
    'a binary header': (text) => binary(Buffer.from(text)),
    'the remark of a binary header': (text) => binary(encodeBinaryHeader(command({}, text))),
    'a field of a binary header': (text) => binary(encodeBinaryHeader(command({ a: text }))).fields(),
    'the remark of a refusal': (remark) => codes.map((code) => answerError('SEND', { code, remark })),
    'a User: in the remark of a refusal': (text) => answerError('SEND', { code: 1, remark: `User:${text}` }),
    'a topic in the remark of a refusal': (text) => answerError('SEND', { code: 1, remark: `The topic[${text}` }),
    'a route': (text) => parseRouteData(Buffer.from(text)),
    'the order configuration of a route': (orderTopicConf) => route({ orderTopicConf }),
    'the order configuration of a route, behind a colon': (text) => route({ orderTopicConf: `a:${text}` }),
    'the address of a broker': (text) => route({ brokerDatas: [{ brokerName: 'a', brokerAddrs: { '0': text } }] }),
    'the port of a broker': (text) => route({ brokerDatas: [{ brokerName: 'a', brokerAddrs: { '0': `a:${text}` } }] }),
    'the id of a broker': (text) => route({ brokerDatas: [{ brokerName: 'a', brokerAddrs: { [text]: 'a:1' } }] }),
    'the name of a broker': (text) => route({ brokerDatas: [{ brokerName: text, brokerAddrs: { '0': 'a:1' } }] }),
    JSON: (text) => parseRelaxedJson(text, { depth: 8, values: 50_000 }),
    'JSON in an array': (text) => parseRelaxedJson(`[${text}`, { depth: 8, values: 50_000 }),
    'JSON behind a number': (text) => parseRelaxedJson(`1${text}`, { depth: 8, values: 50_000 }),
    properties: decodeProperties,
    'stored messages': (text) => decodeStoredMessages(Buffer.from(text)),
    'the keys of a stored message': (text) =>
      decodeMessage(stored({ properties: `KEYS\u0001${text}\u0002` }), 't', 'a'),
    'the keys of a half message': (keys) =>
      messageOfHalf(stored({}), new Map([['KEYS', keys]]), {
        brokerName: 'a',
        maxMessageBytes: MIB,
        topicOf: (topic) => unwrapNamespace('n', topic),
      }),
    'a topic in a namespace': (text) => unwrapNamespace('n', text),
    'a retry topic in a namespace': (text) => unwrapNamespace('n', `%RETRY%${text}`),
    'the ids of a batch': (offsetMsgId) => {
      const answer = { status: 'SEND_OK' as const, offsetMsgId, queueId: 0, queueOffset: 0n };
      return splitBatchAnswer(answer, [{}, {}], () => undefined);
    },
    'an offset message id': parseOffsetMsgId,
    'a recall handle': parseRecallHandle,
    'a zlib body': inflate(SysFlag.ZLIB),
    'an LZ4 body': inflate(SysFlag.LZ4),
    'a zstd body': (text) => splitZstdFrames(Buffer.from(text)),
    'the answer of a web server that knows the name servers': (text) => [areAddresses(text), parseNameServers(text)],
    'addresses of name servers': (text) => {
      const addresses = Array.from({ length: text.length / 64 }, (_, i) => `${text.slice(0, 8)}${i}:1`);
      new NameServers({ addresses, clock: new Clock() }).replace(addresses);
    },
    'an address to dial': parseServerAddress,
    'an address to dial in brackets': (text) => parseServerAddress(`[${text}]:1`),
    'the VIP channel of an address': vipAddress,
    'the namespace in an address': namespaceOfAddress,
    'the namespace in the address of an instance': (text) => namespaceOfAddress(`MQ_INST_${text}`),
    'what TLS says, a record at most': (text) => {
      const error = new Error(text.slice(0, 16 * 1024));
      return [isAboutTls(error), tlsFailure('a:1', error)];
    },
    'text for a log line': printable,
  };
}

async function expectFewSteps(count: StepCounter): Promise<void> {
  const parsers = await loadParsers();
  const tooMany: unknown[] = [];
  for (const [parser, parse] of Object.entries(parsers)) {
    for (const [name, character] of CLASSES) {
      const text = character.repeat(MIB / Buffer.byteLength(character));
      const steps = count(() => parse(text), LIMIT);
      if (steps > LIMIT) tooMany.push([parser, name, steps / MIB]);
    }
  }
  expect(tooMany).toEqual([]);
}

/** For the slowest machine: nothing here depends on time. */
const PATIENCE_MS = 600_000;

describe('each parser takes a few steps for each byte, whatever fills 1 MiB', () => {
  test('in patterns and functions of the engine', () => expectFewSteps(countEngineSteps), PATIENCE_MS);

  test(
    'in its own loops',
    async () => {
      const { count, stop } = startCountingBlocks();
      await expectFewSteps(count).finally(stop);
    },
    PATIENCE_MS,
  );
});

describe('the counters of steps', () => {
  test('count loops of the sources', async () => {
    const { count, stop } = startCountingBlocks();
    jest.resetModules();
    const { decodeProperties } = await import('../../src/protocol/properties.js');
    const steps = (pieces: number): number => count(() => decodeProperties('a\u0001b\u0002'.repeat(pieces)), LIMIT);
    expect(steps(1000)).toBeGreaterThanOrEqual(2000);
    expect(steps(2000) / steps(1000)).toBeCloseTo(2, 1);
    stop();
  });

  test('count what functions of the engine look at', () => {
    const list = Array.from({ length: 1000 }, () => 'a');
    expect(countEngineSteps(() => list.map(() => list.indexOf('b')), LIMIT)).toBe(1_000_000);
  });

  test.each([
    ['more than linear', /^\s*([^:]+):(\d+)\s*$/, ' '],
    ['more than linear', /^(MQ_INST_\w+_\w+)\.|^(_+)+b/, '_'],
    ['more than linear', /a{2,}?b/, 'a'],
    ['linear', /^[^\s[\]]+$/, 'a'],
    ['linear', /a{2,4}?b|\bc$/u, 'a'],
    ['linear', /(?:[ \t\r\n]*)x/y, ' '],
  ])('finds %s what %p does to %j', (what, pattern, character) => {
    const limit = 100_000;
    const steps = regExpSteps(pattern, character.repeat(1000), limit);
    expect(steps > limit).toBe(what !== 'linear');
  });

  test.each([/(?=a)/, /(a)\1/, /(?<!a)b/])('refuses %p, whose steps it does not know', (pattern) => {
    expect(() => regExpSteps(pattern, 'a', 1000)).toThrow('steps are not counted');
  });
});
