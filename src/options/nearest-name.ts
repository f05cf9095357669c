/** Finds what somebody meant who mistyped a name. */

/** The one of `names` that `mistyped` most likely means, ignoring case; undefined if none is close. */
export function nearestName(mistyped: string, names: Iterable<string>): string | undefined {
  const wanted = mistyped.toLowerCase();
  let nearest: string | undefined;
  // Two typing errors, and one more for every four characters: 'sendTimeout' is still 'sendTimeoutMs'.
  let least = 3 + Math.floor(Math.min(wanted.length, 64) / 4);
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** Levenshtein: how many characters must be put in, taken out or replaced to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 0; row < a.length; row++) {
    const line = [row + 1];
    for (let column = 0; column < b.length; column++) {
      const replaced = (above[column] ?? 0) + (a[row] === b[column] ? 0 : 1);
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? 0;
}
