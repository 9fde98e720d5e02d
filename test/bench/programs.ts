/** A program as a person starts it: how long it takes, and how much memory it needs at most. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Command {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
}

const ended = (command: Command, onStart: (pid: number) => void = () => {}): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    // Read, so that the program never waits for its reader.
    child.stdout.resume()
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('spawn', () => onStart(child.pid ?? 0))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command.name} ended with ${code}: ${said}`)),
    )
  })

/** Milliseconds from its start to its end. */
export const timeOf = async (command: Command): Promise<number> => {
  const started = performance.now()
  await ended(command)
  return performance.now() - started
}

/** What the kernel counts as the most that was resident, in MiB (proc(5), VmHWM); undefined once the program has ended. */
const peakNow = (pid: number): number | undefined => {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

const lookMs = 2

/** The most memory that was resident, as it was seen within 2 ms of the end. */
export const peakOf = async (command: Command): Promise<number> => {
  let peak = 0
  let timer: ReturnType<typeof setInterval> | undefined
  await ended(command, (pid) => {
    timer = setInterval(() => (peak = peakNow(pid) ?? peak), lookMs)
  }).finally(() => clearInterval(timer))
  return peak
}
