import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access as canAccess, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { durationSeconds } from '../../crds/duration.ts'
import type { Agent } from '../../crds/agent.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { keepAwake } from '../../shared/requests.ts'
import { serverUser } from '../../shared/server-access.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster, timeoutOf } from '../cluster/access.ts'
import { CommandError, Interrupted, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { print, say, warn } from '../io.ts'
import { basicAuth, startProxy } from './proxy.ts'
import type { LoopbackProxy } from './proxy.ts'
import { upstreamOf } from './server.ts'
import { wake } from './wake.ts'

export interface AttachOptions extends ClusterOptions {
  readonly printUrl?: boolean
  readonly wakeTimeout: string
}

/** The person's own OpenCode. */
const program = 'opencode'

const isInstalled = async (path: string | undefined): Promise<boolean> => {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program]
  const places = (path ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = await Promise.all(
    places
      .flatMap((folder) => names.map((name) => join(folder, name)))
      .map((file) =>
        canAccess(file, constants.X_OK).then(
          () => true,
          () => false,
        ),
      ),
  )
  return found.includes(true)
}

/** How often the Agent is told that somebody is there: three times before it would fall asleep. */
const beatMs = ({ spec }: Agent): number => {
  const idle = durationSeconds(spec.standby?.idleTimeout ?? '') ?? 180
  return Math.min(Math.max((idle * 1000) / 3, 2_000), 60_000)
}

/** Keeps standby away until the returned function is called. Without the right to, it says so once. */
const stayAwake = async (io: Io, { api, namespace }: Access, agent: Agent): Promise<() => void> => {
  if (agent.spec.standby === undefined) return () => {}
  const { name } = agent.metadata
  let hasTold = false
  const beat = async (): Promise<void> => {
    try {
      await api.merge(`cannot keep Agent ${name} awake`, { kind: 'Agent', namespace, name }, keepAwake(api.serverNow()))
    } catch (error) {
      // Later ones would tear the picture of a full-screen program.
      if (!hasTold) warn(io, `${sentenceOf(error)}. It may fall asleep while you are there`)
    }
    hasTold = true
  }
  await beat()
  const timer = setInterval(() => void beat(), beatMs(agent))
  return () => clearInterval(timer)
}

const healthPatienceMs = 20_000

/** Whether the server answers through the whole way; throws what the apiserver says where it does not. */
const checkWay = async (
  io: Io,
  { url }: LoopbackProxy,
  authorization: string | undefined,
  name: string,
): Promise<void> => {
  const deadline = io.now().getTime() + healthPatienceMs
  for (;;) {
    const response = await fetch(`${url}/global/health`, {
      headers: authorization === undefined ? {} : { authorization },
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined)
    if (response?.ok) {
      await response.body?.cancel()
      return
    }
    const text = (await response?.text().catch(() => '')) ?? ''
    if (response?.status === 403)
      throw new CommandError(
        `you may not reach the server of Agent ${name}: that takes get and create of services/proxy, which the ClusterRole kubeopencode-agent-admin gives`,
      )
    if (response?.status === 401)
      throw new CommandError(
        `the server of Agent ${name} does not accept its password: is it being restarted with another one? Try again`,
      )
    if (io.interrupted.aborted) throw new Interrupted(io.interrupted.reason)
    if (io.now().getTime() > deadline)
      throw new CommandError(
        `the server of Agent ${name} does not answer through the apiserver${text === '' ? '' : `: ${text.slice(0, 200)}`}. Does a NetworkPolicy keep the apiserver from it (docs/networks.md)?`,
      )
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Runs OpenCode in this terminal until the person leaves it. Gives its exit code. */
const runOpenCode = (io: Io, url: string, password: string, rest: readonly string[]): Promise<number> => {
  // The terminal sends Ctrl-C to OpenCode too, which knows what is meant by it.
  const release = io.onInterrupt(() => {})
  const child = spawn(program, ['attach', url, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, OPENCODE_SERVER_USERNAME: serverUser, OPENCODE_SERVER_PASSWORD: password },
  })
  const end = (): void => void child.kill('SIGTERM')
  io.interrupted.addEventListener('abort', end)
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(`opencode could not be started: ${error.message}`)))
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  }).finally(() => {
    io.interrupted.removeEventListener('abort', end)
    release()
  })
}

const untilInterrupted = ({ interrupted }: Io): Promise<void> =>
  new Promise((resolve) => {
    if (interrupted.aborted) resolve()
    else interrupted.addEventListener('abort', () => resolve(), { once: true })
  })

export const attach = async (io: Io, name: string, rest: readonly string[], options: AttachOptions): Promise<void> => {
  const patienceMs = timeoutOf(options.wakeTimeout, '--wake-timeout')
  if (options.printUrl && rest.length > 0)
    throw new UsageError('--print-url starts no opencode, so there is nobody to give its options to')
  if (!options.printUrl) {
    if (!io.isTerminal.in || !io.isTerminal.out)
      throw new CommandError('attach needs a terminal: --print-url opens the way alone, for opencode attach elsewhere')
    if (!(await isInstalled(io.env['PATH'])))
      throw new CommandError(
        'opencode is not on your PATH: npm install --global opencode-ai installs it (https://opencode.ai), --print-url does without',
      )
  }
  const access = await openCluster(options, io)
  const agent = await wake(io, access, name, patienceMs)
  const password = randomBytes(24).toString('base64url')
  const authorization = options.printUrl ? undefined : basicAuth(serverUser, password)
  const proxy = await startProxy(await upstreamOf(access, agent), authorization)
  let sleepAgain = (): void => {}
  try {
    await checkWay(io, proxy, authorization, name)
    sleepAgain = await stayAwake(io, access, agent)
    if (options.printUrl) {
      print(io, proxy.url)
      say(io, `This address leads to Agent ${name} until Ctrl-C: opencode attach ${proxy.url}`)
      await untilInterrupted(io)
      return
    }
    const code = await runOpenCode(io, proxy.url, password, rest)
    if (code !== 0) throw new Ended(code)
  } finally {
    sleepAgain()
    await proxy.close()
  }
}

/** OpenCode has said itself what was wrong. */
class Ended extends CommandError {
  override readonly exitCode: number
  constructor(exitCode: number) {
    super('')
    this.exitCode = exitCode
  }
}
