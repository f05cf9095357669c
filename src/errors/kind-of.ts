/** Says in an error what kind of value was given, and never what is in it: the value is the caller's. */

/** Completes the sentence 'it is …': 'null', 'a string', 'an array', 'a Map', 'an object'. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const kind = Array.isArray(value) ? 'array' : typeof value === 'object' ? classOf(value) : typeof value;
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** A number itself, because it says more than its kind. */
export const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : kindOf(value));

/** The name of its class; 'object' for plain ones, and where a getter or a proxy does not let it be seen. */
function classOf(value: object): string {
  try {
    const { constructor }: { constructor?: unknown } = value;
    const name = typeof constructor === 'function' ? constructor.name : '';
    return name === 'Object' || !/^\w{1,64}$/.test(name) ? 'object' : name;
  } catch {
    return 'object';
  }
}
