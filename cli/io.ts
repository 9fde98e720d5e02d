import type { Readable, Writable } from 'node:stream'
import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** All that a command may touch of the process it runs in. */
export interface Io {
  /** Results, and nothing else: what a pipe reads. */
  readonly out: Writable
  /** Progress, warnings, errors. */
  readonly err: Writable
  readonly in: Readable
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  /** Whether a person sits at the other end. */
  readonly isTerminal: { readonly in: boolean; readonly out: boolean; readonly err: boolean }
  /** Width of the terminal at `err`, in characters. */
  readonly columns: () => number
  readonly colors: { readonly out: Colors; readonly err: Colors }
  /** Ends when the person wants the command to end (Ctrl-C, or a signal of the system). Aborted with the signal's name. */
  readonly interrupted: AbortSignal
  /** Takes the next Ctrl-C for itself instead of ending the command; gives it back when the returned function is called. */
  readonly onInterrupt: (handle: () => void) => () => void
}

/** NO_COLOR forbids, FORCE_COLOR asks (https://no-color.org); else colour is for terminals that are not dumb. */
export const wantsColor = (env: Io['env'], isTerminal: boolean): boolean =>
  !env['NO_COLOR'] && (Boolean(env['FORCE_COLOR']) || (isTerminal && env['TERM'] !== 'dumb'))

export const colorsWhere = (isWanted: boolean): Colors => picocolors.createColors(isWanted)

/** Texts of others, a model's among them, as a terminal may have them: with line breaks and nothing else that it acts on. */
export const plainText = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ')

/** Writes a line of a result. */
export const print = (io: Io, line = ''): void => void io.out.write(`${line}\n`)

/** Says something to the person beside the result. */
export const say = (io: Io, line: string): void => void io.err.write(`${line}\n`)

export const warn = (io: Io, text: string): void => say(io, `${io.colors.err.yellow('warning:')} ${text}`)
