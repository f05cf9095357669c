/** What is said of several runs of one thing. */

export interface Summary {
  readonly median: number;
  /** Half of the distance between the least and the most, as a part of the median. */
  readonly spread: number;
}

/** Returns the median of an odd number of values, and of an even number the upper one of the two in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export function summarize(values: readonly number[]): Summary {
  const middle = median(values);
  const distance = Math.max(...values) - Math.min(...values);
  return { median: middle, spread: middle === 0 ? 0 : distance / 2 / middle };
}
