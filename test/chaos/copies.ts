import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Hint } from '../../shared/hint.ts'

const entry = join(import.meta.dirname, 'functions.ts')

/** Copies of the functions, each a process of its own. */
export interface Copies {
  /** To any of those that live. */
  readonly publish: (hint: Hint) => void
  /** Ends one at random, in the middle of whatever it does, and starts another. */
  readonly kill: () => void
  readonly stop: () => Promise<void>
}

export const startCopies = async (
  count: number,
  kubeconfig: string,
  logFile: string,
  random: () => number,
): Promise<Copies> => {
  const log = openSync(logFile, 'a')
  const living = new Set<ChildProcess>()
  const any = (): ChildProcess | undefined => [...living][Math.floor(random() * living.size)]

  const start = async (): Promise<void> => {
    const child = fork(entry, ['--kubeconfig', kubeconfig], {
      stdio: ['ignore', 'ignore', log, 'ipc'],
      execPath: process.execPath,
    })
    living.add(child)
    child.on('error', () => living.delete(child))
    child.on('exit', () => living.delete(child))
    await once(child, 'message')
  }
  await Promise.all(Array.from({ length: count }, start))

  return {
    // A hint to a process that has just been killed is lost, as one on the wire is.
    publish: (hint) => void any()?.send(hint, () => {}),
    kill: () => {
      const child = any()
      if (!child) return
      living.delete(child)
      child.kill('SIGKILL')
      void start().catch(() => undefined)
    },
    stop: async () => {
      const ended = [...living].map((child) => once(child, 'exit'))
      for (const child of living) child.kill('SIGKILL')
      await Promise.all(ended)
      closeSync(log)
    },
  }
}
