import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import type { Delay } from '../loop-delay.ts'

/** The probe in another process. */
export interface Probe {
  readonly begin: () => Promise<void>
  /** Writes the CPU profile since `begin` into `file` (.cpuprofile, as Chrome's and VS Code's tools read it). */
  readonly end: (file: string) => Promise<Delay>
}

/** Arguments of node that put the probe into a program; the child needs a channel ('ipc' in its stdio) as well. */
export const probeArguments = ['--import', pathToFileURL(join(import.meta.dirname, 'probe.ts')).href]

const patienceSeconds = 60

export const probeOf = (child: ChildProcess): Probe => {
  const ask = async (message: string | null): Promise<unknown> => {
    const signal = AbortSignal.timeout(patienceSeconds * 1000)
    const answered = once(child, 'message', { signal })
    child.send(message as never)
    const [answer] = (await answered) as unknown[]
    return answer
  }
  return {
    begin: async () => void (await ask(null)),
    end: async (file) => (await ask(file)) as Delay,
  }
}
