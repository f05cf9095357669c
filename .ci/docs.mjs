/** `npm run docs`: writes the pages of docs/ that are made from the code's tables. */
import { run } from './step.mjs';

const isWritten = run(['node_modules/jest/bin/jest.js', '--silent', 'test/docs'], { DOCS: 'write' });
console.log(isWritten ? 'docs: written' : 'docs: FAILED');
process.exit(isWritten ? 0 : 1);
