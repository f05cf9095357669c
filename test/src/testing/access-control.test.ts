import { CredentialSource } from '../../../src/access/credential-source.js';
import type { Credentials } from '../../../src/access/credentials.js';
import { FrameSigner } from '../../../src/access/frame-signer.js';
import type { OutgoingFrame } from '../../../src/protocol/command.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { AccessControl } from '../../../src/testing/access-control.js';
import { serverRelease } from '../../../src/testing/server-release.js';
import { goldenFrames } from '../../golden/golden-frames.js';
import { bytesOfRequest, read, written } from '../protocol/frames.js';

const golden = { accessKey: 'goldenAK', secretKey: 'goldenSK123456' };
const request = heartBeat.request({ clientId: 'c', producerGroups: ['g'] });

function signedBy(given: Credentials, frame: OutgoingFrame = request) {
  const signer = new FrameSigner(new CredentialSource({ given, now: () => 0, onProblem: () => undefined }));
  return read(written((out) => signer.write(frame, out, 1, 'json')));
}

describe.each(['5.5.0', '4.9.7'] as const)('access control of %s', (release) => {
  const access = new AccessControl([golden], serverRelease(release));
  const requests = goldenFrames(`${release}/acl-signed`).filter(
    ({ dir, extFields }) => dir === 'c2s' && extFields?.['AccessKey'] === golden.accessKey,
  );

  test.each(requests.map((frame) => [frame.title, frame] as const))(
    'lets the Java client in: %s',
    (_title, { bytes }) => {
      expect(access.refusal(read(bytes), '127.0.0.1')).toBeUndefined();
    },
  );

  const unsigned = goldenFrames(`${release}/auth-missing`);
  test('refuses what is not signed in the words of the release', () => {
    const [asked, answered] = unsigned;
    expect(asked?.dir).toBe('c2s');
    expect(access.refusal(read(asked?.bytes ?? Buffer.alloc(0)), '127.0.0.1')).toEqual({
      code: answered?.code,
      remark: answered?.remark,
    });
  });
});

test('refuses a signature with another secret as a real 5.5.0 did', () => {
  const [asked, answered] = goldenFrames('5.5.0/auth-wrong-secret');
  const accessKey = asked?.extFields?.['AccessKey'] ?? '';
  const access = new AccessControl([{ accessKey, secretKey: 'not the one' }], serverRelease('5.5.0'));
  expect(access.refusal(read(asked?.bytes ?? Buffer.alloc(0)), '127.0.0.1')).toEqual({
    code: answered?.code,
    remark: answered?.remark,
  });
});

test('refuses a user it does not know as a real 4.9.7 did', () => {
  const [asked, answered] = goldenFrames('4.9.7/auth-unknown-user');
  const access = new AccessControl([golden], serverRelease('4.9.7'));
  expect(access.refusal(read(asked?.bytes ?? Buffer.alloc(0)), '127.0.0.1')).toEqual({
    code: answered?.code,
    remark: answered?.remark,
  });
});

test('a request that was changed on the way is refused', () => {
  const access = new AccessControl([golden], serverRelease('5.5.0'));
  const bytes = written((out) => {
    const signer = new FrameSigner(new CredentialSource({ given: golden, now: () => 0, onProblem: () => undefined }));
    signer.write(request, out, 1, 'binary');
  });
  expect(access.refusal(read(bytes), '127.0.0.1')).toBeUndefined();
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
  expect(access.refusal(read(bytes), '127.0.0.1')).toMatchObject({ remark: 'check signature failed.' });
  expect(access.refusal(read(bytesOfRequest(request, 'binary')), '127.0.0.1')).toMatchObject({ code: 16 });
});

test('a user may be changed while the broker runs', () => {
  const access = new AccessControl([golden], serverRelease('5.5.0'));
  access.set({ ...golden, secretKey: 'newer' });
  expect(access.refusal(signedBy(golden), '127.0.0.1')).toMatchObject({ code: 16 });
  expect(access.refusal(signedBy({ ...golden, secretKey: 'newer' }), '127.0.0.1')).toBeUndefined();
});

test('a user with topics sends to those, and may do everything else', () => {
  const sends = goldenFrames('5.5.0/acl-signed').filter(
    ({ code, dir }) => dir === 'c2s' && [310, 320, 34].includes(code),
  );
  const of = (topics: string[], release: '5.5.0' | '4.9.7') => {
    const access = new AccessControl([{ ...golden, topics }], serverRelease(release));
    return new Set(sends.map(({ bytes }) => access.refusal(read(bytes), '10.0.0.9')?.remark));
  };
  expect(of(['GoldenTopic'], '5.5.0')).toEqual(new Set([undefined]));
  expect(of(['Other'], '5.5.0')).toEqual(
    new Set([
      'User:goldenAK has no permission to access Topic:GoldenTopic from 10.0.0.9, no matched policies.',
      undefined,
    ]),
  );
  expect([...of(['Other'], '4.9.7')].join()).toMatch(
    /^org\.apache\.rocketmq\.acl\.common\.AclException: No default permission for topic:GoldenTopic, /,
  );
});
