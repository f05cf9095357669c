import { credentialsProblem } from '../../../src/access/credentials.js';

test.each([
  [{ accessKey: 'user', secretKey: 'secret' }],
  [{ accessKey: 'пользователь', secretKey: '密码 with a blank', securityToken: 'token' }],
  [{ accessKey: 'user', secretKey: 'secret', more: 'is not our business' }],
])('%j can be used', (given) => {
  expect(credentialsProblem(given)).toBeUndefined();
});

test.each([
  [undefined, 'are no object with accessKey and secretKey'],
  ['user:secret', 'are no object with accessKey and secretKey'],
  [{ secretKey: 's' }, 'have a problem: accessKey is missing'],
  [{ accessKey: 'a', secretKey: 7 }, 'have a problem: secretKey is not a string'],
  [{ accessKey: 'a', secretKey: '' }, 'have a problem: secretKey is empty'],
  [{ accessKey: ' a', secretKey: 's' }, 'have a problem: accessKey begins or ends with a blank'],
  [{ accessKey: 'a', secretKey: '\ud800' }, 'have a problem: secretKey is not well-formed Unicode'],
  [{ accessKey: 'a', secretKey: 's', securityToken: '' }, 'have a problem: securityToken is empty'],
  [{ accessKey: 'a'.repeat(5000), secretKey: 's' }, 'have a problem: accessKey is longer than 4096 characters'],
])('%j cannot: they %s', (given, problem) => {
  expect(credentialsProblem(given)).toBe(problem);
});

test('a secret with the end of its line is told apart, and not shown', () => {
  const problem = credentialsProblem({ accessKey: 'user', secretKey: 'canary-77\n' });
  expect(problem).toMatch(/secretKey has control characters \(was it read from a file/);
  expect(problem).not.toContain('canary');
});
