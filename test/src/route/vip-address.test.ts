import { vipAddress, VipAddresses } from '../../../src/route/vip-address.js';

test.each([
  ['127.0.0.1:10911', '127.0.0.1:10909'],
  ['[::1]:10911', '[::1]:10909'],
  ['broker.example:3', 'broker.example:1'],
])('the VIP channel of %s is %s', (address, vip) => {
  expect(vipAddress(address)).toBe(vip);
  const addresses = new VipAddresses();
  expect([addresses.of(address), addresses.of(address)]).toEqual([vip, vip]);
});

test.each(['broker:2', 'broker:0', 'broker'])('of %s there is none, and sends go where everything goes', (address) => {
  expect(vipAddress(address)).toBe(address);
});
