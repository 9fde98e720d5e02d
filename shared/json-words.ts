const words: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object with fields',
  record: 'an object with fields',
  array: 'a list',
  null: 'empty',
  undefined: 'missing',
}

/** A JSON type in a user's words; zod's names and JSON Schema's are known. */
export const wordOf = (type: string): string => words[type] ?? type

/** What a value is, in a user's words. */
export const wordOfValue = (value: unknown): string =>
  wordOf(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
