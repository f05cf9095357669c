import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { CredentialSource } from '../../../src/access/credential-source.js';
import type { CredentialsGiven } from '../../../src/access/credentials.js';
import { FrameSigner } from '../../../src/access/frame-signer.js';
import type { HeaderEncoding, OutgoingFrame } from '../../../src/protocol/command.js';
import { writeFrame } from '../../../src/protocol/frame.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { SendFrameEncoder } from '../../../src/protocol/send-frame.js';
import { goldenFrames } from '../../golden/golden-frames.js';
import { bytesOfRequest, command, ENCODINGS, read, someText, text, written } from '../protocol/frames.js';
import { signatureOf } from './plain-signature.js';

const credentials = { accessKey: 'goldenAK', secretKey: 'goldenSK123456' };
const temporary = { ...credentials, securityToken: 'token "quoted" 令牌' };

function signer(given: CredentialsGiven = credentials): FrameSigner {
  return new FrameSigner(new CredentialSource({ given, now: () => 0, onProblem: () => undefined }));
}

const signedBytes = (by: FrameSigner, frame: OutgoingFrame, encoding: HeaderEncoding, opaque = 7): Buffer =>
  written((out) => by.write(frame, out, opaque, encoding));

const frameWith = (fields: ReadonlyMap<string, string>, body?: Uint8Array, flag = 0): OutgoingFrame => ({
  writeTo: (out, opaque, encoding) => writeFrame(out, command({ code: 310, opaque, flag, fields, body }), encoding),
});

/** As a server does it. */
function isGenuine(bytes: Buffer, secret = credentials.secretKey): boolean {
  const frame = read(bytes);
  const expected = signatureOf(frame.fields(), frame.body, frame.version, createSecretKey(secret, 'utf8'));
  return frame.field('Signature') === expected;
}

describe.each(ENCODINGS)('in the %s header', (encoding) => {
  test('everything stays as it was, but for the fields that are added', () => {
    const fieldsOf = fc.dictionary(someText, someText, { maxKeys: 20 });
    fc.assert(
      fc.property(
        fieldsOf,
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(credentials, temporary),
        (own, body, as) => {
          const fields = new Map(
            Object.entries(own).filter(([name]) => !/^(AccessKey|SecurityToken|Signature)$/.test(name)),
          );
          const frame = frameWith(fields, body.length > 0 ? body : undefined);
          const plain = read(bytesOfRequest(frame, encoding)).toCommand();
          const bytes = signedBytes(signer(as), frame, encoding);
          const { fields: all, ...rest } = read(bytes).toCommand();
          const { fields: before, ...same } = plain;
          expect(rest).toEqual(same);
          const added = new Map(all);
          for (const [name, value] of before) {
            expect(all.get(name)).toBe(value);
            added.delete(name);
          }
          expect(added.get('AccessKey')).toBe(as.accessKey);
          expect(added.get('SecurityToken')).toBe('securityToken' in as ? as.securityToken : undefined);
          expect(isGenuine(bytes)).toBe(true);
        },
      ),
    );
  });

  test('a send of the hot path has the bytes of the call itself, signed', () => {
    const encoder = new SendFrameEncoder({ group: 'g', createTopicKey: 'TBW102', defaultTopicQueueNums: 4 });
    const queue = { topic: 't', brokerName: 'broker-a', queueId: 1 };
    const by = signer(temporary);
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (properties, body, isOneway) => {
        const send = { queue, sysFlag: 1, bornAt: 1_700_000_000_000, flag: 3, properties, body };
        const request = {
          ...send,
          ...queue,
          producerGroup: 'g',
          defaultTopic: 'TBW102',
          defaultTopicQueueNums: 4,
          reconsumeTimes: 0,
          unitMode: false,
          isBatch: false,
        };
        const fast: OutgoingFrame = {
          writeTo: (out, opaque, header) => encoder.write(out, opaque, header, isOneway, send),
        };
        const slow = isOneway ? sendMessage.oneway(request) : sendMessage.request(request);
        expect(signedBytes(by, fast, encoding).toString('hex')).toBe(signedBytes(by, slow, encoding).toString('hex'));
      }),
    );
  });

  test('a request without fields gets its first ones', () => {
    const frame = heartBeat.request({ clientId: 'c', producerGroups: ['g'] });
    const bytes = signedBytes(signer(), frame, encoding);
    expect([...read(bytes).fields().keys()]).toEqual(['AccessKey', 'Signature']);
    expect(isGenuine(bytes)).toBe(true);
    expect(heartBeat.decodeRequest(read(bytes))).toEqual({ clientId: 'c', producerGroups: ['g'] });
  });

  test('what every request of the client carries is covered too', () => {
    const bytes = written((out) =>
      signer().write(
        heartBeat.request({ clientId: 'c', producerGroups: [] }),
        out,
        7,
        encoding,
        new Map([['ns', 'v2']]),
      ),
    );
    expect(read(bytes).field('ns')).toBe('v2');
    expect(isGenuine(bytes)).toBe(true);
  });

  test('an answer to a request of a server stays as it is', () => {
    const frame = frameWith(new Map([['a', 'b']]), Buffer.from('body'), 1);
    expect(signedBytes(signer(), frame, encoding).equals(bytesOfRequest(frame, encoding))).toBe(true);
  });

  test('frames of all sizes are written behind each other', () => {
    const by = signer();
    const frames = [10, 300_000, 0, 4_194_304, 1000].map((size) =>
      frameWith(new Map([['k', 'v']]), Buffer.alloc(size, 7)),
    );
    const together = written((out) => {
      for (const [i, frame] of frames.entries()) by.write(frame, out, i, encoding);
    });
    const single = frames.map((frame, i) => signedBytes(signer(), frame, encoding, i));
    expect(together.equals(Buffer.concat(single))).toBe(true);
    expect(single.every((bytes) => isGenuine(bytes))).toBe(true);
  });
});

test.each(
  ['5.5.0/acl-signed', '4.9.7/acl-signed']
    .flatMap((scenario) => goldenFrames(scenario))
    .filter(({ dir, extFields }) => dir === 'c2s' && extFields?.['AccessKey'] === credentials.accessKey)
    .map((frame) => [frame.title, frame] as const),
)('signs the request of the Java client in %s as Java did', (_title, { bytes, opaque }) => {
  const recorded = read(bytes).toCommand();
  const fields = new Map([...recorded.fields].filter(([name]) => name !== 'AccessKey' && name !== 'Signature'));
  const frame: OutgoingFrame = {
    writeTo: (out, number, encoding) => writeFrame(out, { ...recorded, opaque: number, fields }, encoding),
  };
  const ours = read(signedBytes(signer(), frame, 'json', opaque)).toCommand();
  expect(ours).toEqual(recorded);
});

test('nothing is written before there are credentials', () => {
  const by = signer(() => new Promise(() => undefined));
  expect(by.refusal).toMatchObject({ code: 'RMQ_CREDENTIALS_UNAVAILABLE' });
  const out = written((to) => {
    expect(() => by.write(frameWith(new Map()), to, 1, 'json')).toThrow(by.refusal);
  });
  expect(out).toHaveLength(0);
  expect(signer().refusal).toBeUndefined();
});

test('a refusal of access asks for newer credentials, and no other one does', () => {
  const ask = jest.fn(() => credentials);
  const by = signer(ask);
  by.answered({ code: 2, remark: '[TIMEOUT_CLEAN_QUEUE]broker busy' });
  by.answered({ code: 16, remark: 'the broker[127.0.0.1] sending message is forbidden' });
  expect(ask).not.toHaveBeenCalled();
  by.answered({ code: 16, remark: 'check signature failed.' });
  expect(ask).toHaveBeenCalledTimes(1);
});
