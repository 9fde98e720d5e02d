/** A text in quotes, or a variable outside of one. */
const STRING_OR_VARIABLE = /"(?:[^"\\]|\\.)*"|\{(?:env|file):[^{}"\\\n]*\}/g

/** Stands for the first letter of a variable's kind in its stand-in, where no text of a user has it. */
const MARK = '\uE000'

/**
 * `text` with a text in the place of each variable that stands outside of quotes, as in `{"port": {env:PORT}}`.
 * OpenCode puts the values of variables in before it reads JSON (https://opencode.ai/docs/config/#variables), so such a
 * text is a configuration too. Every character keeps its place.
 */
export const withoutBareVariables = (text: string): string =>
  text.replace(STRING_OR_VARIABLE, (part) => (part.startsWith('{') ? `"${MARK}${part.slice(2, -1)}"` : part))

/** Whether a text of `withoutBareVariables` stands for a variable that may become a value of any type. */
export const isBareVariable = (text: string): boolean => text.startsWith(MARK)

/** Whether a part of a text is filled in when OpenCode reads it. */
export const holdsVariable = (text: string): boolean => /\{(?:env|file):/.test(text)

/** The object that a configuration text says; undefined where it is no JSON object. */
export const configObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(withoutBareVariables(text))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
