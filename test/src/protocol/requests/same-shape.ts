/** What is true of every remote call; each call's test applies it to examples of its own. */
import type { ReceivedFrame } from '../../../../src/protocol/received-frame.js';
import type { RemoteCall } from '../../../../src/protocol/remote-call.js';
import { bytesOfRequest, command, ENCODINGS, expectViolation, read, readCommand, received } from '../frames.js';

export interface Examples<Request, Response> {
  readonly request: Request;
  readonly response: Response;
  /** Wire names of the fields that must be there. */
  readonly requiredOfRequest: readonly string[];
  readonly requiredOfResponse: readonly string[];
  /** A wrong value for each field that is not a plain text. */
  readonly wrong?: Readonly<Record<string, string>>;
}

/** Adds the tests that all calls have in common. */
export function testSameShape<Request, Response>(
  call: RemoteCall<Request, Response>,
  { request, response, requiredOfRequest, requiredOfResponse, wrong = {} }: Examples<Request, Response>,
): void {
  test.each(ENCODINGS)('%s: a request comes back as it was', (encoding) => {
    const frame = read(bytesOfRequest(call.request(request), encoding));
    expect(frame.code).toBe(call.code);
    expect(call.decodeRequest(frame)).toEqual(request);
  });

  test.each(ENCODINGS)('%s: a response comes back as it was', (encoding) => {
    expect(call.decodeResponse(received(call.response(response), encoding))).toEqual(response);
  });

  test('what was decoded outlives the frame', () => {
    const bytes = bytesOfRequest(call.request(request), 'binary');
    const decoded = call.decodeRequest(read(bytes));
    bytes.fill(0);
    expect(decoded).toEqual(request);
  });

  test('a missing or wrong field is a violation', () => {
    const sent = read(bytesOfRequest(call.request(request), 'json')).toCommand();
    const { code, fields, body } = call.response(response);
    const answered = command({ code, fields, body });
    const without = (from: typeof sent, name: string, value?: string): ReceivedFrame => {
      const changed = new Map(from.fields);
      if (value === undefined) expect(changed.delete(name)).toBe(true);
      else changed.set(name, value);
      return readCommand({ ...from, fields: changed });
    };
    for (const name of requiredOfRequest) expectViolation(() => call.decodeRequest(without(sent, name)));
    for (const name of requiredOfResponse) expectViolation(() => call.decodeResponse(without(answered, name)));
    for (const [name, value] of Object.entries(wrong)) {
      if (sent.fields.has(name)) expectViolation(() => call.decodeRequest(without(sent, name, value)));
      else expectViolation(() => call.decodeResponse(without(answered, name, value)));
    }
  });

  test('fields that nobody knows are ignored', () => {
    const sent = read(bytesOfRequest(call.request(request), 'json')).toCommand();
    const fields = new Map([...sent.fields, ['ns', 'x'], ['AccessKey', 'y']]);
    expect(call.decodeRequest(readCommand({ ...sent, fields }))).toEqual(request);
  });

  test('a refusal is an error', () => {
    const refused = readCommand(command({ code: 2, remark: '[OVERLOAD]' }));
    expect(() => call.decodeResponse(refused)).toThrow(
      expect.objectContaining({ code: 'RMQ_BROKER_BUSY', detail: expect.objectContaining({ request: call.name }) }),
    );
  });
}
