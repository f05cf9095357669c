import { ReplyNames } from '../../../../src/producer/request/reply-names.js';
import { VirtualTime } from '../../time/virtual-time.js';

const CLIENT_ID = '192.0.2.2@test';
const OF_ITS_OWN = expect.stringMatching(/^192\.0\.2\.2@test@[0-9a-f-]{36}$/) as unknown;

function names() {
  const time = new VirtualTime();
  const told: string[] = [];
  const known = new Set<string>();
  const replyNames = new ReplyNames({
    clientId: CLIENT_ID,
    clock: time.clock,
    addReplyName(name) {
      told.push(name);
      known.add(name);
    },
    removeReplyName: (name) => void known.delete(name),
  });
  return { time, replyNames, told, known };
}

test('the name is the client id, which nothing has to be done for', () => {
  const { replyNames, told } = names();
  expect([replyNames.take(), replyNames.take()]).toEqual([CLIENT_ID, CLIENT_ID]);
  replyNames.release(CLIENT_ID);
  expect([told, replyNames.isOwn(CLIENT_ID), replyNames.isOwn('another')]).toEqual([[], true, false]);
});

test('a lost connection gives the next requests a name of their own, where there has been a request', () => {
  const { replyNames, told } = names();
  replyNames.connectionLost();
  expect([told, replyNames.take()]).toEqual([[], CLIENT_ID]);
  for (let times = 0; times < 3; times++) replyNames.connectionLost();
  expect(told).toEqual([OF_ITS_OWN]);
  const name = replyNames.take();
  expect([name, replyNames.isOwn(name)]).toEqual([told[0], true]);
});

test('missed replies give a new name at most once in 30 s', () => {
  const { replyNames, told, time } = names();
  replyNames.take();
  for (let seconds = 0; seconds < 65; seconds++) {
    replyNames.replyMissed();
    time.advance(1000);
  }
  expect(new Set(told).size).toBe(3);
});

test('a name is known as long as it is the current one or a request under it waits', () => {
  const { replyNames, told, known } = names();
  replyNames.take();
  replyNames.connectionLost();
  const [first, same] = [replyNames.take(), replyNames.take()];
  replyNames.connectionLost();
  const second = replyNames.take();
  expect([[...known], same]).toEqual([[first, second], first]);
  replyNames.release(first);
  expect(known.has(first)).toBe(true);
  replyNames.release(same);
  replyNames.release(second);
  expect([[...known], told.length]).toEqual([[second], 2]);
  replyNames.close();
  expect([...known]).toEqual([]);
});
