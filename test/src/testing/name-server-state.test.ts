import { NameServerState } from '../../../src/testing/name-server-state.js';
import { serverRelease } from '../../../src/testing/server-release.js';
import { TopicTable } from '../../../src/testing/topic-table.js';

const broker = (name: string, address = '127.0.0.1:1') => ({ name, address, topics: new TopicTable() });

test('it knows who registered, in the newest form, until they leave or it forgets', () => {
  const state = new NameServerState(serverRelease('5.5.0'));
  const moved = broker('broker-a', '127.0.0.1:2');
  state.register(broker('broker-a'));
  state.register(broker('broker-b'));
  state.register(moved);
  expect(Array.from(state.brokers, ({ name, address }) => [name, address])).toEqual([
    ['broker-a', '127.0.0.1:2'],
    ['broker-b', '127.0.0.1:1'],
  ]);
  state.unregister('broker-b');
  expect([...state.brokers]).toEqual([moved]);
  state.forgetAll();
  expect([...state.brokers]).toEqual([]);
});
