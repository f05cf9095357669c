import { createSharedLookup } from '../../../src/connection/shared-lookup.js';

type Answer = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

function setUp() {
  const questions: { readonly hostname: string; readonly answer: Answer }[] = [];
  const lookup = createSharedLookup((hostname, _options, answer) => questions.push({ hostname, answer }));
  const answers: unknown[] = [];
  const ask = (hostname: string): void => {
    lookup(hostname, {}, (error, address) => answers.push(error ?? address));
  };
  return { questions, answers, ask };
}

test('while a question about a name is in flight, no other is asked, and its answer is for all', () => {
  const { questions, answers, ask } = setUp();
  ask('a');
  ask('a');
  ask('b');
  expect(questions.map(({ hostname }) => hostname)).toEqual(['a', 'b']);
  questions[0]?.answer(null, '10.0.0.1', 4);
  expect(answers).toEqual(['10.0.0.1', '10.0.0.1']);
});

test('a failure is for all too', () => {
  const { questions, answers, ask } = setUp();
  ask('a');
  ask('a');
  const error = new Error('ENOTFOUND');
  questions[0]?.answer(error, '', 0);
  expect(answers).toEqual([error, error]);
});

test('nothing is remembered: the next dial asks anew, so that a server may move', () => {
  const { questions, answers, ask } = setUp();
  ask('a');
  questions[0]?.answer(null, '10.0.0.1', 4);
  ask('a');
  questions[1]?.answer(null, '10.0.0.2', 4);
  expect(answers).toEqual(['10.0.0.1', '10.0.0.2']);
});
