import { languageCode, languageName } from '../../../src/protocol/language-code.js';
import { LANGUAGE } from '../../../src/protocol/command.js';

test('names and numbers are those of LanguageCode.java', () => {
  expect([0, 1, 7, 9, 12, 13].map(languageName)).toEqual(['JAVA', 'CPP', 'OTHER', 'GO', 'RUST', 'NODE_JS']);
  for (let code = 0; code <= 13; code++) expect(languageCode(languageName(code))).toBe(code);
});

test('what no version knows has no name, and is written as OTHER', () => {
  expect([14, 255].map(languageName)).toEqual([undefined, undefined]);
  expect(['KLINGON', 'toString', undefined].map(languageCode)).toEqual([7, 7, 7]);
});

test('this client declares a language that servers of all versions know', () => {
  expect(languageCode(LANGUAGE.name)).toBe(LANGUAGE.code);
});
