import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { RocketMQError } from '../../../../src/errors/rocketmq-error.js';
import { encodeMessage } from '../../../../src/producer/message/encode-message.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';

const LIMITS = { maxMessageBytes: 1000 };
const encode = (message: object) => encodeMessage({ topic: 'orders', body: 'x', ...message }, LIMITS);

const queueWithId = (queueId: number) => ({ topic: 'orders', brokerName: 'a', queueId });

const ruleBrokenBy = (message: object): unknown => {
  try {
    encode(message);
    return 'none';
  } catch (error) {
    if (!(error instanceof RocketMQError)) throw error;
    expect(error.stored).toBe('no');
    expect(error.retryable).toBe(false);
    return error.detail['rule'];
  }
};

test('a topic is looked at whatever the one before was, also when there was none', async () => {
  await jest.isolateModulesAsync(async () => {
    const fresh = await import('../../../../src/producer/message/encode-message.js');
    const send = (topic: unknown) => () => fresh.encodeMessage({ topic, body: 'x' } as never, LIMITS);
    expect(send(undefined)).toThrow('a topic needs a name');
    expect(send('')).toThrow('a topic needs a name');
    expect(send('orders')).not.toThrow();
    for (const wrong of [undefined, '', 'a b']) expect(send(wrong)).toThrow('topic');
    expect(send('orders')).not.toThrow();
  });
});

describe('a message that keeps the rules', () => {
  test('becomes its UTF-8 bytes and one property string with a unique key', () => {
    const { body, properties, msgId } = encode({
      body: 'grün',
      tag: 'new',
      keys: ['a', 'b'],
      properties: { city: 'Köln' },
    });
    expect(Buffer.from(body).toString()).toBe('grün');
    expect(Object.fromEntries(decodeProperties(properties))).toEqual({
      UNIQ_KEY: msgId,
      WAIT: 'true',
      TAGS: 'new',
      KEYS: 'a b',
      city: 'Köln',
    });
  });

  test('says which namespace it belongs to', () => {
    const { properties } = encodeMessage({ topic: 'orders', body: 'x' }, { ...LIMITS, namespace: 'N' });
    expect(decodeProperties(properties).get('INSTANCE_ID')).toBe('N');
    expect(decodeProperties(encode({}).properties).has('INSTANCE_ID')).toBe(false);
  });

  test('has a topic that is short enough with its namespace, or one of the system’s', () => {
    const limits = { ...LIMITS, namespace: 'N' };
    const ofLength = (length: number) => () => encodeMessage({ topic: 't'.repeat(length), body: 'x' }, limits);
    expect(ofLength(125)).not.toThrow();
    expect(ofLength(126)).toThrow('the topic has 128 characters with the namespace N, at most 127 are allowed');
  });

  test('gets another unique key each time, also the same object', () => {
    const message = { topic: 'orders', body: 'x' };
    expect(encodeMessage(message, LIMITS).msgId).not.toBe(encodeMessage(message, LIMITS).msgId);
  });

  test('keeps a Uint8Array as it is, a view with an offset too', () => {
    const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect([...encode({ body: view }).body]).toEqual([2, 3]);
  });

  test('may be made in another realm, as those of a vm context or a test runner', () => {
    const message = runInNewContext(
      "({ topic: 'orders', body: new Uint8Array([2, 3]), keys: ['a'], properties: { city: 'Bonn' } })",
    );
    expect(message.body).not.toBeInstanceOf(Uint8Array);
    const { body, properties } = encode(message);
    expect([...body]).toEqual([2, 3]);
    expect(Object.fromEntries(decodeProperties(properties))).toMatchObject({ KEYS: 'a', city: 'Bonn' });
    expect(() => encode({ properties: runInNewContext('({})') })).not.toThrow();
    expect(() => encode({ delivery: { deliverAt: runInNewContext('new Date()') } })).not.toThrow();
  });

  test('has a tag with one bar, and blanks inside', () => {
    expect(decodeProperties(encode({ tag: 'a|b c' }).properties).get('TAGS')).toBe('a|b c');
  });

  test('has no TAGS for an empty tag, WAIT false when asked for, and the sharding key as a property', () => {
    const { properties } = encode({ tag: '', waitStoreMsgOk: false, shardingKey: 'k' });
    const decoded = Object.fromEntries(decodeProperties(properties));
    expect(decoded).toMatchObject({ WAIT: 'false', __SHARDINGKEY: 'k' });
    expect(decoded).not.toHaveProperty('TAGS');
  });

  test('takes __proto__ and constructor as ordinary property names', () => {
    const { properties } = encode({ properties: JSON.parse('{"__proto__":"a","constructor":"b"}') });
    expect(properties).toContain('__proto__\u0001a\u0002constructor\u0001b\u0002');
  });

  test('is never touched', () => {
    const message = Object.freeze({ topic: 'orders', body: 'x', properties: Object.freeze({ a: 'b' }) });
    expect(() => encodeMessage(message, LIMITS)).not.toThrow();
  });
});

describe('a message that breaks a rule is refused with its name', () => {
  test.each([
    ['topic-empty', { topic: '' }],
    ['topic-empty', { topic: 7 }],
    ['topic-length', { topic: 'x'.repeat(128) }],
    ['topic-characters', { topic: 'a b' }],
    ['topic-characters', { topic: 'größe' }],
    ['topic-forbidden', { topic: 'SCHEDULE_TOPIC_XXXX' }],
    ['body-type', { body: undefined }],
    ['body-type', { body: Promise.resolve('x') }],
    ['body-empty', { body: '' }],
    ['body-empty', { body: new Uint8Array(0) }],
    ['body-surrogate', { body: 'a\ud800' }],
    ['body-size', { body: 'x'.repeat(1001) }],
    ['flag', { flag: 2 ** 31 }],
    ['flag', { flag: 1.5 }],
    ['queue-topic', { queue: { topic: 'other', brokerName: 'a', queueId: 0 } }],
    ['queue', { queue: { topic: 'orders', brokerName: 'a', queueId: -1 } }],
    ['key', { keys: ['a', ''] }],
    ['key', { keys: ['a b'] }],
    ['property-name-empty', { properties: { '': 'x' } }],
    ['property-name-control', { properties: { 'a\u0001b': 'x' } }],
    ['property-value-empty', { properties: { a: '' } }],
    ['property-value-control', { properties: { a: 'x\u0002DELAY\u000118' } }],
    ['property-value-control', { tag: 'x\u0002UNIQ_KEY\u0001y' }],
    ['property-value-control', { keys: 'x\u0002TRAN_MSG\u0001true' }],
    ['property-value-surrogate', { properties: { a: '\udc00' } }],
    ['property-type', { properties: { a: 5 } }],
    ['property-reserved', { properties: { UNIQ_KEY: 'mine' } }],
    ['property-reserved', { shardingKey: 'a', properties: { __SHARDINGKEY: 'b' } }],
    ['properties-type', { properties: new Map([['a', 'b']]) }],
    ['properties-type', { properties: [['a', 'b']] }],
    ['properties-type', { properties: 'a=b' }],
    ['properties-type', { properties: null }],
    ['properties-type', { properties: () => ({ a: 'b' }) }],
    ['properties-type', { properties: Promise.resolve({ a: 'b' }) }],
    ['properties-type', { properties: new URLSearchParams('a=b') }],
    ['properties-type', { properties: new Headers({ a: 'b' }) }],
    ['wait', { waitStoreMsgOk: 'false' }],
    ['wait', { waitStoreMsgOk: 0 }],
    ['wait', { waitStoreMsgOk: null }],
    ['queue', { queue: { topic: 'orders', brokerName: 'a', queueId: 2 ** 40 } }],
    ['queue', { queue: { topic: 'orders', brokerName: 'a', queueId: 2 ** 31 } }],
    ['queue', { queue: { topic: 'orders', brokerName: 'a', queueId: '0' } }],
    ['queue', { queue: { topic: 'orders', brokerName: 7, queueId: 0 } }],
    ['queue', { queue: null }],
    ['queue', { queue: 3 }],
    ['flag', { flag: '5' }],
    ['flag', { flag: null }],
    ['tag-or', { tag: 'a || b' }],
    ['tag-or', { tag: '||' }],
    ['tag-blank', { tag: ' a' }],
    ['tag-blank', { tag: 'a ' }],
    ['unknown-field', { tags: 'a' }],
    ['unknown-field', { key: undefined }],
    ['body-type', { body: new ArrayBuffer(8) }],
    ['body-type', { body: new Uint16Array(8) }],
    ['properties-size', { properties: { a: 'x'.repeat(32_768) } }],
    ['properties-size', { properties: { a: 'ä'.repeat(16_400) } }],
  ])('%s', (rule, message) => {
    expect(ruleBrokenBy(message)).toBe(rule);
  });

  test.each<[string, object]>([
    ['tag is a number, not a string', { tag: 5 }],
    ['tag has a control character', { tag: 'a\nb' }],
    ['keys is null, not a string or an array of strings', { keys: null }],
    ['keys is an object, not a string or an array of strings', { keys: { a: 1 } }],
    ['keys has a control character', { keys: ['a\tb'] }],
    ['shardingKey is empty, and servers drop such a property', { shardingKey: '' }],
    ['the value of "a" is undefined, not a string', { properties: { a: undefined } }],
    ['the value of "a" is an array, not a string', { properties: { a: [] } }],
    ['a body is a string or a Uint8Array, not null', { body: null }],
    ['a body is a string or a Uint8Array, not an ArrayBuffer', { body: new ArrayBuffer(8) }],
    [
      'properties is a Map, not an object of names and values (Object.fromEntries makes one)',
      { properties: new Map() },
    ],
    ['properties is a string, not an object of names and values', { properties: 'a=b' }],
    ['properties is a Promise, not an object of names and values', { properties: Promise.resolve({}) }],
    ['waitStoreMsgOk is a string, not true or false', { waitStoreMsgOk: 'false' }],
    ['queueId of the queue is 1099511627776, not a whole number from 0 to 2147483647', { queue: queueWithId(2 ** 40) }],
    ['the tag has || in it, so that no consumer can subscribe to it', { tag: 'a||b' }],
    ['the tag begins or ends with a blank, so that no consumer can subscribe to it', { tag: 'a ' }],
    ['a message has no field "tags", did you mean tag?', { tags: 'a' }],
  ])('names what the caller wrote: %s', (told, message) => {
    expect(() => encode(message)).toThrow(told);
  });

  test.each<[told: string, given: unknown]>([
    ['not undefined', undefined],
    ['not null', null],
    ['not a string: topic and body are fields of it', 'orders'],
    ['not a Buffer', Buffer.from('x')],
    ['not an array: several are sent by sendBatch, by sendEach or as a stream', [{ topic: 'orders', body: 'x' }]],
    ['not a Promise: await it first', Promise.resolve({ topic: 'orders', body: 'x' })],
    ['not a function', () => ({ topic: 'orders', body: 'x' })],
  ])('what is no message is told so: %s', (told, given) => {
    expect(() => encodeMessage(given as never, LIMITS)).toThrow(
      expect.objectContaining({
        code: 'RMQ_MESSAGE_INVALID',
        message: expect.stringContaining(`a message is one object, { topic, body }, ${told}`),
        detail: { rule: 'message-type' },
      }),
    );
  });

  test('properties are refused above what any broker has room for, and the error says why', () => {
    const own = encode({ properties: { a: 'x' } }).properties.length - 1;
    const ofBytes = (bytes: number) => encode({ properties: { a: 'x'.repeat(bytes - own) } });
    expect(ofBytes(32_755).properties).toHaveLength(32_755);
    expect(() => ofBytes(32_756)).toThrow(
      expect.objectContaining({
        code: 'RMQ_MESSAGE_TOO_LARGE',
        message: expect.stringContaining('the rest of the 32767 is for those that the broker adds'),
        detail: { rule: 'properties-size', bytes: 32_756, limit: 32_755, topic: 'orders' },
      }),
    );
  });

  test('a body of exactly the limit is fine', () => {
    expect(ruleBrokenBy({ body: 'x'.repeat(1000) })).toBe('none');
  });

  test.each(['KEYS', 'TAGS', 'WAIT', 'DELAY', 'TRAN_MSG', 'PGROUP', 'TIMER_DELIVER_MS'])(
    'property-reserved: %s',
    (name) => {
      expect(ruleBrokenBy({ properties: { [name]: 'x' } })).toBe('property-reserved');
    },
  );
});

test('whatever text is accepted as a property comes back from the servers\u2019 own decoding', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 5 }),
      (properties) => {
        fc.pre(ruleBrokenBy({ properties }) === 'none');
        const decoded = decodeProperties(encode({ properties }).properties);
        for (const [name, value] of Object.entries(properties)) expect(decoded.get(name)).toBe(value);
      },
    ),
    { numRuns: 500 },
  );
});
