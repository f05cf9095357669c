import { expectTypeOf } from 'expect-type';
import { foreignFields } from '../../../../src/producer/message/foreign-fields.js';
import type { Message } from '../../../../src/producer/message/message.js';
import { messageFields, unknownField, unknownFieldProblem } from '../../../../src/producer/message/message-fields.js';

const whole = Object.fromEntries(messageFields.map((name) => [name, name]));

test('every field of the type is known, and no other', () => {
  expectTypeOf<(typeof messageFields)[number]>().toEqualTypeOf<Exclude<keyof Message, keyof typeof foreignFields>>();
  expect(unknownField(whole)).toBeUndefined();
  for (const name of messageFields) expect(unknownField({ [name]: 1 })).toBeUndefined();
});

test.each([...Object.keys(foreignFields), 'Tag', 'tagg', 'constructor', '__proto__x', '0'])(
  'a field %s is found, wherever it stands and whatever is in it',
  (name) => {
    expect(unknownField({ ...whole, [name]: 'x' })).toBe(name);
    expect(unknownField({ [name]: undefined, ...whole })).toBe(name);
    expect(unknownField(JSON.parse(`{"${name}":1}`))).toBe(name);
  },
);

test('what a class has is no field that was handed in; what an object inherits as its own is not looked at', () => {
  class Order {
    topic = 'orders';
    body = 'x';
    get total(): number {
      return 7;
    }
  }
  Object.defineProperty(Order.prototype, 'save', { enumerable: true, value: () => 1 });
  expect(unknownField(new Order())).toBeUndefined();
  expect(unknownField(Object.assign(new Order(), { id: 1 }))).toBe('id');
  expect(unknownField({ topic: 'orders', [Symbol('mine')]: 1 })).toBeUndefined();
});

test.each([
  ['tags', 'a message has no field "tags", did you mean tag?'],
  ['key', 'did you mean keys (to find the message by) or shardingKey (to choose its queue)?'],
  ['headers', 'did you mean properties?'],
  ['userProperties', 'did you mean properties?'],
  ['delayMs', 'did you mean delivery: { delayMs }?'],
  ['delayTimeLevel', 'did you mean delivery: { delayLevel }?'],
  ['messageGroup', 'did you mean shardingKey?'],
  ['startDeliverTime', 'did you mean delivery: { deliverAt }?'],
  ['queueId', 'did you mean queue: { topic, brokerName, queueId }?'],
  ['waitStoreMsgOK', 'did you mean waitStoreMsgOk?'],
  ['shardingkey', 'did you mean shardingKey?'],
  ['propertys', 'did you mean properties?'],
  ['customerName', 'its fields are topic, body, tag, keys,'],
  ['constructor', 'what is not to be sent goes into context'],
])('of %s it is said what was meant', (name, told) => {
  expect(unknownFieldProblem(name)).toContain(told);
});
