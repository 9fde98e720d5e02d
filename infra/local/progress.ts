/** Tells a person what is being done. One step at a time: the next `step` ends the one before it. */
export interface Progress {
  step(name: string): void
  note(text: string): void
  done(): void
}

export const silent: Progress = { step: () => {}, note: () => {}, done: () => {} }

/** How long steps take on this machine, in seconds. */
export interface Durations {
  estimate(step: string): number | undefined
  record(step: string, seconds: number): void
}

const clock = (seconds: number): string =>
  seconds < 60 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`

const left = (elapsed: number, estimate: number | undefined): string => {
  if (estimate === undefined) return ''
  return elapsed < estimate ? `, about ${clock(estimate - elapsed)} left` : ', should be done any moment'
}

/** One line per step; on a terminal the line of the running step counts up. */
export const printed = (durations: Durations, stream: NodeJS.WriteStream = process.stderr): Progress => {
  let running: { name: string; startedAt: number; timer: NodeJS.Timeout | undefined } | undefined

  const elapsed = (): number => (running ? (performance.now() - running.startedAt) / 1000 : 0)
  const draw = (): void => {
    if (!running) return
    const text = `  ${running.name} … ${clock(elapsed())}${left(elapsed(), durations.estimate(running.name))}`
    stream.write(`\r\x1b[K${text.slice(0, stream.columns - 1)}`)
  }
  const end = (): void => {
    if (!running) return
    const seconds = elapsed()
    clearInterval(running.timer)
    durations.record(running.name, seconds)
    stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}✓ ${running.name} (${clock(seconds)})\n`)
    running = undefined
  }

  return {
    step(name) {
      end()
      const timer = stream.isTTY ? setInterval(draw, 1000).unref() : undefined
      running = { name, startedAt: performance.now(), timer }
      const estimate = durations.estimate(name)
      if (stream.isTTY) draw()
      else if (estimate === undefined) stream.write(`  ${name} …\n`)
      else if (estimate >= 10) stream.write(`  ${name} … about ${clock(estimate)}\n`)
    },
    note(text) {
      stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}  ${text}\n`)
    },
    done: end,
  }
}
