/** What the docs say for users of the Java client forgets none of its methods: its classes are asked, nothing is booted. */
import { spawnSync } from 'node:child_process';
import { javaSends, notHere } from '../docs/java-sends.js';
import { javaQuestions, javaSettings } from '../docs/java-settings.js';
import { describeReal } from './describe-real.js';

const SENDS = /\b(?:send\w*|request|recall\w*)\([^)]*\)/g;

const SETTERS = /\b(?:set[A-Z]\w*|addRetry\w+|batchMax\w+|totalBatch\w+|init\w+|changeInstance\w+)\([^)]*\)/g;
const QUESTIONS = /\b(?!query\w*ByUniqKey)[a-z]\w*\([^)]*\)(?= throws)/g;
const CONFIGURED = ['ClientConfig', 'producer.DefaultMQProducer', 'producer.TransactionMQProducer'];

/** The methods of a class of the client that look like that, without the packages of their types. */
function methodsOf(classPath: string, name: string, looks: RegExp): readonly string[] {
  const { stdout, stderr } = spawnSync('javap', ['-cp', classPath, `org.apache.rocketmq.client.${name}`], {
    encoding: 'utf8',
  });
  const methods = stdout.replaceAll(/\b(?:[a-z]\w*\.)+(?=[A-Z])/g, '').match(looks) ?? [];
  if (methods.length === 0) throw new Error(`javap found nothing: ${stderr}`);
  return methods;
}

for (const version of ['5.5.0', '4.9.7'] as const) {
  describeReal(version, ({ classPath }) => {
    const withoutRow = (name: string, looks: RegExp, rows: readonly { readonly java: readonly string[] }[]) => {
      const known = new Set(rows.flatMap(({ java }) => java));
      return methodsOf(classPath, name, looks).filter((method) => !known.has(method));
    };

    test('every send of MQProducer has its row, or a reason why not', () => {
      expect(withoutRow('producer.MQProducer', SENDS, [...javaSends, ...notHere])).toEqual([]);
    });

    test.each(CONFIGURED)('every setter of %s has its row', (name) => {
      expect(withoutRow(name, SETTERS, javaSettings)).toEqual([]);
    });

    test('every question of MQAdmin has its row', () => {
      expect(withoutRow('MQAdmin', QUESTIONS, javaQuestions)).toEqual([]);
    });
  });
}
