/** The moving part of the demo: lines that stay, and on a terminal one line at the bottom that says what goes on. */
import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** Colours where `stream` is a terminal, unless NO_COLOR forbids or FORCE_COLOR asks (https://no-color.org). */
export const colorsFor = (stream: NodeJS.WriteStream, env = process.env): Colors =>
  picocolors.createColors(!env['NO_COLOR'] && Boolean(env['FORCE_COLOR'] || stream.isTTY))

export type Screen = {
  readonly colors: Colors
  readonly line: (text?: string) => void
  /** What is waited for; its seconds count up. Undefined takes the line away. */
  readonly waitFor: (what: string | undefined) => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MILLISECONDS = 100

export const createScreen = (stream: NodeJS.WriteStream = process.stderr): Screen => {
  const colors = colorsFor(stream)
  let waiting: { readonly what: string; readonly since: number; readonly timer: NodeJS.Timeout } | undefined
  let frame = 0

  const clear = (): void => {
    if (stream.isTTY) stream.write('\r\x1b[K')
  }
  const draw = (): void => {
    if (!waiting) return
    const seconds = Math.round((performance.now() - waiting.since) / 1000)
    const text = `  ${frames[(frame += 1) % frames.length]} ${waiting.what} … ${seconds} s`
    stream.write(`\r\x1b[K${colors.dim(text.slice(0, (stream.columns || 80) - 1))}`)
  }

  return {
    colors,
    line(text = '') {
      clear()
      stream.write(`${text}\n`)
      if (stream.isTTY) draw()
    },
    waitFor(what) {
      if (what === waiting?.what || !stream.isTTY) return
      clearInterval(waiting?.timer)
      clear()
      waiting =
        what === undefined
          ? undefined
          : { what, since: performance.now(), timer: setInterval(draw, FRAME_MILLISECONDS).unref() }
      draw()
    },
  }
}
