/**
 * Makes text that came from a peer or a caller fit for one line of a log or an error message. It does not hide anything:
 * what must not be seen is not handed in.
 */

/** C0, DEL, C1, line separators, and the marks that make text run backwards on a terminal. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Long enough for any remark worth reading, short enough that a hostile peer cannot fill a disk. */
const MAX_LENGTH = 8192;

/** `text` with every control character as a visible escape, cut off after 8192 characters. */
export function printable(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)` : text;
  return short.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
