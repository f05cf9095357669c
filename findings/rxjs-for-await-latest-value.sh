#!/usr/bin/env bash
# rxjs-for-await 1.0.0 (with rxjs 7.8.2): latestValueFrom() while the body of the loop runs.
#
# Guess:  a body that is slow skips values, but always gets the latest one in its next turn, the last value of all at
#         the latest.
# Seen:   a value is kept only while the loop waits for one. What comes while the body runs is dropped for good:
#         1, then 2 and 3 while the body runs, then complete: [1]
#         1, then 2 and 3 while the loop waits:               [1,2,3]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund rxjs-for-await@1.0.0 rxjs@7.8.2

cat > run.cjs <<'PROGRAM'
const assert = require('node:assert/strict');
const { Subject } = require('rxjs');
const { latestValueFrom } = require('rxjs-for-await');

const turn = () => new Promise(setImmediate);

/** What the loop gets where 2 and 3 come while its body runs for the first time, or while it waits. */
async function received(isBodyBusy) {
  const source = new Subject();
  const values = [];
  let release = () => {};
  const busy = new Promise((resolve) => (release = resolve));
  const loop = (async () => {
    for await (const value of latestValueFrom(source)) {
      values.push(value);
      if (isBodyBusy && value === 1) await busy;
    }
  })();
  await turn();
  for (const value of [1, 2, 3]) {
    source.next(value);
    await turn();
  }
  release();
  await turn();
  source.complete();
  await loop;
  return values;
}

(async () => {
  const seen = [await received(true), await received(false)];
  console.log(`1, then 2 and 3 while the body runs, then complete: ${JSON.stringify(seen[0])}`);
  console.log(`1, then 2 and 3 while the loop waits:               ${JSON.stringify(seen[1])}`);
  assert.deepEqual(seen, [[1], [1, 2, 3]]);
})();
PROGRAM
node run.cjs
