import type { Io } from './io.ts'
import { plainText } from './io.ts'

/** Tells what happens: lines that stay, and on a terminal one line at the bottom that says what is waited for. On stderr. */
export interface Progress {
  /** A line that stays. */
  readonly line: (text: string) => void
  /** Told once when it is news; then `waiting` stands at the bottom with its seconds until something else happens. */
  readonly state: (text: string, waiting: string) => void
  /** Nothing is waited for. */
  readonly quiet: () => void
  /** Writes something else to the same screen without tearing it. */
  readonly around: (write: () => void) => void
  /** Keeps the screen still, for a question; what comes meanwhile is written when the returned function is called. */
  readonly hold: () => () => void
  readonly end: () => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100

export const createProgress = ({ err, isTerminal, colors, columns, env, now }: Io): Progress => {
  const moves = isTerminal.err && env['TERM'] !== 'dumb'
  let waiting: { readonly what: string; readonly since: number } | undefined
  let told = ''
  let frame = 0
  let held: (() => void)[] | undefined

  const clear = (): void => {
    if (moves && waiting) err.write('\r\u001B[K')
  }
  const draw = (): void => {
    if (!moves || !waiting || held) return
    frame = (frame + 1) % frames.length
    const tail = ` … ${Math.round((now().getTime() - waiting.since) / 1000)} s`
    const room = Math.max(0, columns() - tail.length - 4)
    err.write(`\r\u001B[K${colors.err.dim(`${frames[frame]} ${waiting.what.slice(0, room)}${tail}`)}`)
  }
  const timer = moves ? setInterval(draw, frameMs).unref() : undefined

  const around = (write: () => void): void => {
    if (held) {
      held.push(write)
      return
    }
    clear()
    write()
    draw()
  }
  const line = (text: string): void => around(() => void err.write(`${text}\n`))

  return {
    line,
    around,
    state: (text, what) => {
      if (text === told) return
      told = text
      clear()
      waiting = undefined
      line(colors.err.dim(plainText(text)))
      waiting = { what: plainText(what), since: now().getTime() }
      draw()
    },
    quiet: () => {
      clear()
      waiting = undefined
    },
    hold: () => {
      clear()
      held = []
      return () => {
        const kept = held ?? []
        held = undefined
        for (const write of kept) write()
        draw()
      }
    },
    end: () => {
      clear()
      waiting = undefined
      clearInterval(timer)
    },
  }
}
