import { placesOf, registerPlaces } from '../../../src/options/option-places.js';

test('an option has every place it was registered for, once, and a member says its group', () => {
  registerPlaces('the first', { depth: {}, group: { members: { width: {} } } });
  registerPlaces('the second', { depth: {} });
  registerPlaces('the second', { depth: {} });
  expect(placesOf('depth')).toBe('the first, or to the second');
  expect(placesOf('width')).toBe('group in the first');
  expect(placesOf('group')).toBe('the first');
  expect(placesOf('height')).toBeUndefined();
  expect(placesOf('constructor')).toBeUndefined();
});
