const most = 3

/** A few of `names` for a sentence, and how many more there are: a message stays short whatever it counts. */
export const someOf = (names: readonly string[]): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`
