/** docs/java-sends.md forgets no send of the official producer: its classes are asked, nothing is booted. */
import { spawnSync } from 'node:child_process';
import { javaSends, notHere } from '../docs/java-sends.js';
import { describeReal } from './describe-real.js';

const SENDS = /\b(?:send\w*|request|recall\w*)\([^)]*\)/g;

/** The overloads of `MQProducer` that send something, without the packages of their types. */
function overloadsIn(classPath: string): readonly string[] {
  const javap = ['-cp', classPath, 'org.apache.rocketmq.client.producer.MQProducer'];
  const { stdout, stderr } = spawnSync('javap', javap, { encoding: 'utf8' });
  const overloads = stdout.replaceAll(/\b(?:[a-z]\w*\.)+(?=[A-Z])/g, '').match(SENDS) ?? [];
  if (overloads.length === 0) throw new Error(`javap found nothing: ${stderr}`);
  return overloads;
}

for (const version of ['5.5.0', '4.9.7'] as const) {
  describeReal(version, ({ classPath }) => {
    test('every send of MQProducer has its row, or a reason why not', () => {
      const rows = new Set([...javaSends, ...notHere].flatMap(({ java }) => java));
      expect(overloadsIn(classPath).filter((overload) => !rows.has(overload))).toEqual([]);
    });
  });
}
