export interface LogLine {
  readonly container: string
  readonly time: string
  readonly line: string
}

/** Colours and cursors of a terminal: ECMA-48 sequences, which are noise on a page. */
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g

export const plainText = (line: string): string => line.replaceAll(escapes, '').replaceAll('\r', '')

/** The last lines of a log, so that an hour of a busy one costs no more than a minute. */
export const createTail = (most: number) => {
  let lines: LogLine[] = []
  let dropped = 0
  return {
    add: (line: LogLine): void => {
      lines.push(line)
      // A tenth at a time: moving all of them for each line would be felt.
      if (lines.length > most * 1.1) {
        dropped += lines.length - most
        lines = lines.slice(-most)
      }
    },
    lines: (): readonly LogLine[] => lines,
    /** How many are not kept any more. */
    dropped: (): number => dropped,
  }
}

/** Whether a line has the words somebody looks for, in any order, and is of the container they chose, if one. */
export const matcher = (search: string, only = ''): ((line: LogLine) => boolean) => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ line, container }) => {
    if (only !== '' && container !== only) return false
    const text = line.toLowerCase()
    return words.every((word) => text.includes(word))
  }
}
