import { unregisterClient } from '../../../../src/testing/handlers/unregister-client.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

test('a client may leave whenever it likes', () => {
  const request = requestOf(35, { clientID: '127.0.0.1@1', producerGroup: 'g' });
  expect(unregisterClient.answer(request, brokerOf(), sender)).toEqual({ code: 0, fields: new Map() });
});
