import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import type { Probe } from './profile/process.ts'
import { probeArguments, probeOf } from './profile/process.ts'

/** The functions and webhooks under test, in a process of their own. */
export interface FunctionsProcess {
  /** Largest resident memory so far, in MB; undefined where the system does not tell. */
  readonly mostMemory: () => number | undefined
  /** Processor time so far, which other work on the machine hardly changes; undefined where the system does not tell. */
  readonly processorSeconds: () => number | undefined
  /** Does nothing from now on until it is thawed; the kernel takes its connections meanwhile. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly stop: () => Promise<void>
  /** Where it was started with one. */
  readonly probe?: Probe
}

const entry = join(import.meta.dirname, '..', '..', 'infra', 'node', 'dev.ts')
const readySeconds = 120
const graceSeconds = 20
/** Linux counts in this unit for programs on every architecture. */
const ticksPerSecond = 100

/** What Linux says of a process; nothing where there is no /proc. */
const told = (pid: number | undefined, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** Processor time of a process so far; undefined where the system does not tell. */
export const processorSecondsOf = (pid: number | undefined): number | undefined => {
  // proc(5): the 14th and 15th field; the 2nd is a name in brackets that may hold spaces.
  const fields = told(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isNaN(ticks) ? undefined : ticks / ticksPerSecond
}

/** What the system tells of a process. */
export const measuredProcess = (child: ChildProcess, stop: () => Promise<void>): FunctionsProcess => ({
  mostMemory: () => {
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(told(child.pid, 'status'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1000
  },
  processorSeconds: () => processorSecondsOf(child.pid),
  freeze: () => void child.kill('SIGSTOP'),
  thaw: () => void child.kill('SIGCONT'),
  stop,
})

/** Starts them as `npm run dev` does and waits for their ready line. Their log goes to `logFile`. */
export const startFunctions = async ({
  kubeconfig,
  logFile,
  sweepSeconds = 300,
  isProbed,
}: {
  readonly kubeconfig: string
  readonly logFile: string
  readonly sweepSeconds?: number | undefined
  readonly isProbed: boolean
}): Promise<FunctionsProcess> => {
  const log = openSync(logFile, 'a')
  const watched = isProbed ? probeArguments : []
  const child = spawn(process.execPath, [...watched, entry, '--kubeconfig', kubeconfig, '--sweep', `${sweepSeconds}`], {
    stdio: ['ignore', 'pipe', log, ...(isProbed ? (['ipc'] as const) : [])],
  })
  closeSync(log)
  const { stdout } = child
  if (!stdout) throw new Error('the functions have no output to read their ready line from')
  const exited = once(child, 'exit')

  const ready = (async () => {
    for await (const line of createInterface({ input: stdout })) if (line.startsWith('ready:')) return true
    return false
  })()
  const timer = setTimeout(() => child.kill('SIGKILL'), readySeconds * 1000)
  const isReady = await ready
  clearTimeout(timer)
  if (!isReady) {
    const end = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
    throw new Error(`the functions did not become ready in ${readySeconds} s; the end of their log:\n${end}`)
  }
  stdout.resume()

  const measured = measuredProcess(child, async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000)
    await exited
    clearTimeout(timer)
  })
  return isProbed ? { ...measured, probe: probeOf(child) } : measured
}
