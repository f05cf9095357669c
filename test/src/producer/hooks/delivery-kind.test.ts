import { deliveryKind } from '../../../../src/producer/hooks/delivery-kind.js';

const of = (...properties: string[]): string =>
  ['UNIQ_KEY=K', ...properties].map((pair) => `${pair.replace('=', '\u0001')}\u0002`).join('');

test.each([
  ['normal', of('WAIT=true', 'TAGS=DELAY', 'KEYS=TRAN_MSG')],
  ['normal', of('TRAN_MSG=false', 'MY_DELAY=1', 'DELAYED=2')],
  ['transaction', of('TRAN_MSG=true', 'PGROUP=g')],
  ['transaction', of('DELAY=3', 'TRAN_MSG=true')],
  ['delay', of('DELAY=3')],
  ['delay', of('WAIT=true', 'TIMER_DELIVER_MS=1')],
  ['delay', of('TIMER_DELAY_SEC=1')],
  ['delay', of('TIMER_DELAY_MS=1')],
  ['delay', of('__STARTDELIVERTIME=1')],
])('%s: %j', (kind, properties) => {
  expect(deliveryKind(properties)).toBe(kind);
});
