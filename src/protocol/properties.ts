/**
 * The property string of a message: `name 0x01 value 0x02` for each. It does not know which names mean something; see
 * `message-properties.ts`. Source: MessageDecoder.java (5.5.0).
 */

/** Between name and value; neither may contain it. */
export const NAME_VALUE_SEPARATOR = '\u0001';
/** Behind each property; neither name nor value may contain it. */
export const PROPERTY_SEPARATOR = '\u0002';

/** Writes all properties, with a separator behind the last one as brokers of all versions read it. */
export function encodeProperties(properties: Iterable<readonly [name: string, value: string]>): string {
  let text = '';
  for (const [name, value] of properties) text += name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR;
  return text;
}

/**
 * Reads what Java reads: of equal names the last, with or without a separator at the end; and drops what Java drops:
 * pieces without a name, without a value or without a separator between them.
 */
export function decodeProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const piece of text.split(PROPERTY_SEPARATOR)) {
    const nameEnd = piece.indexOf(NAME_VALUE_SEPARATOR);
    if (nameEnd > 0 && nameEnd < piece.length - 1) properties.set(piece.slice(0, nameEnd), piece.slice(nameEnd + 1));
  }
  return properties;
}
