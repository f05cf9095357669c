/** The signature of a request by its definition, to compare with. */
import { createHmac, type KeyObject } from 'node:crypto';

export function signatureOf(
  fields: ReadonlyMap<string, string>,
  body: Uint8Array,
  version: number,
  key: KeyObject,
): string {
  const values = [...fields]
    .filter(([name]) => name !== 'Signature' && !(name === '_UNIQUE_KEY_QUERY' && version <= 399))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => value);
  return createHmac('sha1', key).update(values.join(''), 'utf8').update(body).digest('base64');
}
