import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './until.ts'
import { startIdentity } from './process-identity.ts'

export type Program = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const pidFile = (dir: string, name: string): string => join(dir, 'run', `${name}.pid`)
const logFile = (dir: string, name: string): string => join(dir, 'log', `${name}.log`)

/**
 * The shell records its own pid and start before it becomes the program, so that there is no moment at which the
 * program runs and the folder does not know it.
 */
const RECORD_AND_EXEC =
  'file=$1; shift; { echo $$; cat /proc/$$/stat 2>/dev/null || ps -o lstart= -p $$; } > "$file.new" && mv "$file.new" "$file" && exec "$@"'

/** What talks inside one cluster must not ask a proxy that stands outside of it. */
const PROXY = /^(https?|all)_proxy$/i
const withoutProxies = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !PROXY.test(name)))

/** For the one program that fetches from outside. */
export const proxies = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (PROXY.test(name) && value ? [[name, value]] : [])),
  )

/** Starts the program in the background; it outlives this process. False when it already runs. */
export const start = (dir: string, program: Program): boolean => {
  if (isRunning(dir, program.name)) return false
  mkdirSync(join(dir, 'run'), { recursive: true })
  mkdirSync(join(dir, 'log'), { recursive: true })
  rmSync(pidFile(dir, program.name), { force: true })
  const log = openSync(logFile(dir, program.name), 'a', 0o600)
  const child = spawn(
    'sh',
    ['-c', RECORD_AND_EXEC, 'sh', pidFile(dir, program.name), program.command, ...program.args],
    { cwd: dir, detached: true, stdio: ['ignore', log, log], env: { ...withoutProxies(), ...program.env } },
  )
  child.on('error', () => {}) // seen as a program that ended early, with its log
  child.unref()
  closeSync(log)
  return true
}

/** The pid of the program, if that pid still is the process that was started here. */
export const pidOf = (dir: string, name: string): number | undefined => {
  if (!existsSync(pidFile(dir, name))) return undefined
  const [first, ...rest] = readFileSync(pidFile(dir, name), 'utf8').split('\n')
  const pid = Number(first)
  const recorded = startIdentity.fromRecord(rest.join('\n'))
  return recorded && recorded === startIdentity.ofProcess(pid) ? pid : undefined
}

export const isRunning = (dir: string, name: string): boolean => pidOf(dir, name) !== undefined

const logTail = (dir: string, name: string, lines = 8): string => {
  if (!existsSync(logFile(dir, name))) return '(no log)'
  return readFileSync(logFile(dir, name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

export const answersWell = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok

const whatBecomes = (
  dir: string,
  name: string,
  probe: () => Promise<boolean>,
  seconds: number,
): Promise<'ready' | 'ended' | undefined> => {
  let isRecorded = false
  return until(
    async () => {
      isRecorded ||= existsSync(pidFile(dir, name))
      if (isRecorded && !isRunning(dir, name)) return 'ended'
      return (await probe().catch(() => false)) ? 'ready' : undefined
    },
    { seconds, everyMilliseconds: 50 },
  )
}

/**
 * Starts the program unless it runs, and waits until `probe` says that it answers.
 * Throws a sentence with the end of its log when it dies or stays silent.
 */
export const startReady = async (
  dir: string,
  program: Program,
  probe: () => Promise<boolean>,
  seconds: number,
): Promise<void> => {
  const { name } = program
  const isNew = start(dir, program)
  const became = await whatBecomes(dir, name, probe, seconds)
  if (became === 'ready') return
  // What was found running may have been dying already.
  if (became === 'ended' && !isNew) return startReady(dir, program, probe, seconds)
  const taken = /listen tcp (\S+): bind: address already in use/.exec(logTail(dir, name))?.[1]
  if (became === 'ended' && taken !== undefined)
    throw new Error(
      `${name} cannot listen on ${taken}, because another program does; end that one (ss -ltnp shows it), or take the cluster down and start a new one, which chooses other ports.`,
    )
  const fault = became === 'ended' ? 'ended while it was starting' : `did not become ready in ${seconds} s`
  throw new Error(`${name} ${fault}; the end of its log (${logFile(dir, name)}):\n${logTail(dir, name)}`)
}

/** Asks the program to end, and ends it after `graceSeconds`. With 0 it is ended at once. */
export const stop = async (dir: string, name: string, graceSeconds: number): Promise<void> => {
  const pid = pidOf(dir, name)
  if (pid !== undefined) {
    const gone = async () => (pidOf(dir, name) === undefined ? true : undefined)
    const signal = (kind: NodeJS.Signals): void => {
      try {
        process.kill(pid, kind)
      } catch {
        // ended by itself in between
      }
    }
    if (graceSeconds > 0) signal('SIGTERM')
    if (graceSeconds === 0 || !(await until(gone, { seconds: graceSeconds, everyMilliseconds: 20 }))) {
      signal('SIGKILL')
      if (!(await until(gone, { seconds: 60, everyMilliseconds: 10 })))
        throw new Error(`${name} (pid ${pid}) does not end; see ${logFile(dir, name)}.`)
    }
  }
  rmSync(pidFile(dir, name), { force: true })
}

/** The programs this folder has started and not stopped, running or not. */
export const recorded = (dir: string): string[] =>
  existsSync(join(dir, 'run'))
    ? readdirSync(join(dir, 'run'))
        .filter((file) => file.endsWith('.pid'))
        .map((file) => file.slice(0, -'.pid'.length))
    : []

/**
 * Takes the folder of records away: as long as there is none, a shell which has not recorded itself yet cannot become its
 * program. False when one did in between.
 */
const closeRecords = (dir: string): boolean => {
  const run = join(dir, 'run')
  if (!existsSync(run)) return true
  for (const file of readdirSync(run)) if (!file.endsWith('.pid')) rmSync(join(run, file), { force: true })
  try {
    rmdirSync(run)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false
    throw error
  }
}

/** Ends every program of the folder, also one whose starter was killed before it was recorded. */
export const stopAll = async (dir: string, graceSeconds: (name: string) => number): Promise<void> => {
  do await Promise.all(recorded(dir).map((name) => stop(dir, name, graceSeconds(name))))
  while (!closeRecords(dir))
}
