/**
 * Knows which options there are anywhere, so that one that was handed in at the wrong place is told the right one. What
 * an option is for, and what may be given, is written in its table.
 */

/** A table of options, of which only the names matter here. */
type Names = Readonly<Record<string, object>>;

const places = new Map<string, Set<string>>();

/** Notes where the options of a table, and the members of its groups, belong: 'the configuration of createProducer'. */
export function registerPlaces(place: string, table: Names): void {
  for (const [name, option] of Object.entries(table)) {
    register(name, place);
    if (!('members' in option) || typeof option.members !== 'object' || option.members === null) continue;
    for (const member of Object.keys(option.members)) register(member, `${name} in ${place}`);
  }
}

/** Returns where the option belongs, for an error; undefined for what is an option nowhere. */
export function placesOf(name: string): string | undefined {
  const known = places.get(name);
  return known === undefined ? undefined : [...known].join(', or to ');
}

function register(name: string, place: string): void {
  const known = places.get(name);
  if (known === undefined) places.set(name, new Set([place]));
  else known.add(place);
}
