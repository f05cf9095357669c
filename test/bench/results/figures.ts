/** Figures as people read them. */

/** 1234567 as '1 234 567'. */
export const grouped = (count: number): string => String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');

/** Three digits are what such a measurement is worth: 416 512 as '417 000'. */
export function rounded(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 2);
  return grouped(Math.round(count / unit) * unit);
}

export const micros = (value: number): string => `${value.toFixed(2)} us`;
export const millis = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} ms`);
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
export const percent = (part: number): string => `${(part * 100).toFixed(0)} %`;

/** A table in Markdown, its first row the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
