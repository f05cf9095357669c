import {
  namespaceFields,
  namespaceOfAddress,
  unwrapNamespace,
  wrapNamespace,
} from '../../../src/protocol/namespace.js';

// What NamespaceUtil of 5.5.0 and 4.9.7 makes of each name in the namespace N, and of that without it.
test.each([
  ['t', 'N%t', 't'],
  ['%RETRY%g', '%RETRY%N%g', '%RETRY%g'],
  ['%DLQ%g', '%DLQ%N%g', '%DLQ%g'],
  ['%RETRY%N%g', '%RETRY%N%g', '%RETRY%g'],
  ['N%t', 'N%t', 't'],
  ['NN%t', 'N%NN%t', 'NN%t'],
  ['a%b', 'N%a%b', 'a%b'],
  ['%x', 'N%%x', '%x'],
  ['%LMQ%a', 'N%%LMQ%a', '%LMQ%a'],
  ['%RETRY%TBW102', '%RETRY%N%TBW102', '%RETRY%TBW102'],
])('%s is %s on the wire and %s here', (name, onWire, plain) => {
  expect(wrapNamespace('N', name)).toBe(onWire);
  expect(unwrapNamespace('N', onWire)).toBe(plain);
});

test.each(['TBW102', 'RMQ_SYS_TRACE_TOPIC', 'BenchmarkTest', 'CHECKPOINT_TOPIC', 'rmq_sys_x', 'CID_RMQ_SYS_T', ''])(
  'the system’s %j is the same in every namespace',
  (name) => {
    expect(wrapNamespace('N', name)).toBe(name);
    expect(unwrapNamespace('N', name)).toBe(name);
  },
);

test('a name of another namespace stays what it is', () => {
  expect(unwrapNamespace('N', 'M%t')).toBe('M%t');
  expect(unwrapNamespace('N', '%RETRY%M%t')).toBe('%RETRY%M%t');
});

test('v2 is two fields', () => {
  expect(Object.fromEntries(namespaceFields('nsv2'))).toEqual({ ns: 'nsv2', nsd: 'true' });
});

test.each([
  ['MQ_INST_1_2.x.example:80', 'MQ_INST_1_2'],
  ['MQ_INST_1_2:80', undefined],
  ['MQ_INST_1_.example:80', undefined],
  ['MQ_INST___2.example:80', 'MQ_INST___2'],
  ['MQ_INST_12.example:80', undefined],
  ['x.MQ_INST_1_2.example:80', undefined],
  ['name.server:9876', undefined],
])('the address %s names the namespace %s', (address, namespace) => {
  expect(namespaceOfAddress(address)).toBe(namespace);
});
