/**
 * The languages a command can declare, by their number in the binary header. Which one this client declares is not
 * decided here but in `command.ts`. Source: LanguageCode.java (5.5.0).
 */
const NAMES = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const;

const OTHER = NAMES.indexOf('OTHER');

/** The name of a language byte; undefined for a number that no version knows. */
export function languageName(code: number): string | undefined {
  return NAMES[code];
}

/** The byte of a language; that of OTHER for a name that no version knows. */
export function languageCode(name: string | undefined): number {
  const code = NAMES.findIndex((known) => known === name);
  return code === -1 ? OTHER : code;
}
