import { WireNames } from '../../../src/producer/wire-names.js';

test('names are as they are where there is no namespace', () => {
  const names = new WireNames(undefined);
  names.addReplyTopic('C_REPLY_TOPIC');
  for (const name of ['orders', 'C_REPLY_TOPIC'])
    expect([names.toWire(name), names.fromWire(name)]).toEqual([name, name]);
});

test('names get the namespace in front, but for topics of replies', () => {
  const names = new WireNames('N');
  expect([names.toWire('orders'), names.fromWire('N%orders')]).toEqual(['N%orders', 'orders']);
  expect(names.toWire('C_REPLY_TOPIC')).toBe('N%C_REPLY_TOPIC');
  names.addReplyTopic('C_REPLY_TOPIC');
  expect([names.toWire('C_REPLY_TOPIC'), names.toWire('orders')]).toEqual(['C_REPLY_TOPIC', 'N%orders']);
});

test('topics of replies are remembered, and there is an end to it', () => {
  const names = new WireNames('N');
  for (let i = 0; i <= 1000; i++) names.addReplyTopic(`C${i}_REPLY_TOPIC`);
  expect(names.toWire('C1000_REPLY_TOPIC')).toBe('C1000_REPLY_TOPIC');
  expect(names.toWire('C0_REPLY_TOPIC')).toBe('N%C0_REPLY_TOPIC');
});
