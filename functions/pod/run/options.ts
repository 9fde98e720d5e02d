/** The runner's command line and environment, checked in one place. Pure. */
export type RunOptions = {
  /** The Agent's server; without it a server is started in this container. */
  readonly attach?: string
  readonly title: string
  readonly metadata: Readonly<Record<string, string>>
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Of the Task; told to the server. */
  readonly traceparent?: string
  readonly binary: string
  readonly terminationLog: string
  readonly startTimeoutSeconds: number
  readonly lostAfterSeconds: number
  readonly permissionWaitSeconds: number
  /** Where to say on HTTP whether a request waits: 503 while one does, else 200. */
  readonly askingPort?: number
}

export const usage = `usage: run [--attach URL] [--title TITLE] < prompt

Runs one prompt on an OpenCode server, prints the work as lines, and exits with the truth.

  --attach URL   use the server at URL; without it one is started in this container
  --title TITLE  title of the session

Environment:
  TASK_NAMESPACE, TASK_NAME, TASK_UID   kept with the session
  TRACEPARENT                           told to the server with each request
  OPENCODE_SERVER_PASSWORD              password of the server (user OPENCODE_SERVER_USERNAME, default opencode)
  OPENCODE_BINARY                       default /tools/opencode
  TERMINATION_LOG                       where the summary goes, default /dev/termination-log
  START_TIMEOUT_SECONDS                 how long the server may take to answer, default 90
  LOST_AFTER_SECONDS                    how long the server may be out of reach, default 60
  PERMISSION_WAIT_SECONDS               how long a permission request waits for a person, default 0
  ASKING_PORT                           port that answers 503 while one waits, else 200; none without it

Exit codes: 0 done, 1 failed, 2 wrong usage, 143 stopped.`

export class UsageError extends Error {}

const flags = new Set(['--attach', '--title'])

const seconds = (env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number => {
  const value = env[name]
  if (value === undefined || value === '') return fallback
  const parsed = Number(value)
  if (!Number.isFinite(parsed) || parsed < 0)
    throw new UsageError(`${name} must be a number of seconds, not "${value}"`)
  return parsed
}

/** Throws UsageError. */
export const readOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RunOptions | 'help' => {
  const [command, ...rest] = args
  if (args.includes('--help') || args.includes('-h')) return 'help'
  if (command !== 'run') throw new UsageError(`unknown command "${command ?? ''}"; the only one is "run"`)
  const given = new Map<string, string>()
  for (let index = 0; index < rest.length; index += 1) {
    const [flag = '', inline] = (rest[index] ?? '').split(/=(.*)/s)
    if (!flags.has(flag)) throw new UsageError(`unknown argument "${rest[index] ?? ''}"; the prompt is read from stdin`)
    const value = inline ?? rest[(index += 1)]
    if (value === undefined) throw new UsageError(`${flag} needs a value`)
    given.set(flag, value)
  }
  const attach = given.get('--attach')
  if (attach !== undefined && !/^https?:\/\/[^/]/.test(attach))
    throw new UsageError(`--attach must be an http or https URL, not "${attach}"`)
  const password = env['OPENCODE_SERVER_PASSWORD']
  const askingPort = seconds(env, 'ASKING_PORT', 0)
  if (!Number.isInteger(askingPort) || askingPort > 65_535)
    throw new UsageError(`ASKING_PORT must be a port, not "${askingPort}"`)
  const traceparent = env['TRACEPARENT']
  const metadata = { namespace: env['TASK_NAMESPACE'], name: env['TASK_NAME'], uid: env['TASK_UID'] }
  return {
    ...(attach !== undefined && { attach }),
    title: given.get('--title') ?? env['TASK_NAME'] ?? 'kubeopencode',
    metadata: Object.fromEntries(Object.entries(metadata).flatMap(([key, value]) => (value ? [[key, value]] : []))),
    ...(password && { credentials: { username: env['OPENCODE_SERVER_USERNAME'] ?? 'opencode', password } }),
    ...(traceparent && { traceparent }),
    binary: env['OPENCODE_BINARY'] ?? '/tools/opencode',
    terminationLog: env['TERMINATION_LOG'] ?? '/dev/termination-log',
    startTimeoutSeconds: seconds(env, 'START_TIMEOUT_SECONDS', 90),
    lostAfterSeconds: seconds(env, 'LOST_AFTER_SECONDS', 60),
    permissionWaitSeconds: seconds(env, 'PERMISSION_WAIT_SECONDS', 0),
    ...(askingPort > 0 && { askingPort }),
  }
}
