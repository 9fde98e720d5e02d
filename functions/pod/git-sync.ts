import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SyncReport } from '../../shared/sync-report.ts'
import { followFault, gitVariables } from './git-init.ts'
import { gitWith, type GitLimits } from './git/clone.ts'
import { makeGitEnvironment } from './git/environment.ts'
import { readGitInputs } from './git/inputs.ts'
import { clearLocks } from './git/locks.ts'
import { remoteHead } from './git/remote.ts'
import { placedNow, readPlaced, update, writePlaced } from './git/update.ts'
import { HelperFault, wholeNumber, type Env, type Helper } from './helper.ts'

/** Longest one command of git may take; a fetch that stalls is ended long before by its own limits. */
const commandSeconds = 900
/** How long the end of a command is waited for after SIGTERM. */
const endMs = 1500

type State = Omit<SyncReport, 'nextInSeconds'>

const listen = (port: number, report: () => SyncReport): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const isKnown = request.method === 'GET' && request.url === '/'
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
      response.end(isKnown ? `${JSON.stringify(report())}\n` : '{}\n')
    })
    server.once('error', (cause) =>
      reject(new HelperFault(`Port ${port} cannot be listened on; set GIT_SYNC_PORT to another.`, { cause })),
    )
    server.listen(port, () => resolve(server))
  })

const policyOf = (env: Env): 'HotReload' | 'Rollout' => {
  const policy = env['GIT_SYNC_POLICY'] || 'HotReload'
  if (policy === 'HotReload' || policy === 'Rollout') return policy
  throw new HelperFault(`GIT_SYNC_POLICY must be HotReload or Rollout, not "${policy}".`)
}

/** One remote that is followed. */
export interface Follower {
  readonly state: () => State
  /** Looks at the remote once. Never fails: what goes wrong is in the state. */
  readonly look: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Throws HelperFault where the inputs are wrong. */
export const openFollower = async (env: Env, print: (line: string) => void, signal: AbortSignal): Promise<Follower> => {
  const inputs = readGitInputs(env)
  const policy = policyOf(env)
  const limits: GitLimits = { signal, seconds: commandSeconds }
  const setup = await makeGitEnvironment(env, inputs.repository, inputs.credentials, inputs.caPath)
  if (policy === 'HotReload') await clearLocks(inputs.target)
  let state: State = (await readPlaced(inputs)) ?? {}

  const hotReload = async (): Promise<State> => {
    const { commit, message, isNew } = await update(setup.env, inputs, limits)
    const known = await readPlaced(inputs)
    // What was kept stays kept; what was only in the way of an earlier look is past.
    if (!isNew && known?.commit === commit) return { ...known, head: commit }
    const next = placedNow(commit, message)
    await writePlaced(inputs, next)
    if (isNew) print(`now at ${commit}${message === undefined ? '' : `. ${message}`}`)
    return { ...next, head: commit }
  }
  const watch = async (): Promise<State> => {
    const head = await remoteHead(gitWith(setup.env, limits), setup.env['HOME'] ?? '/', inputs)
    const known = await readPlaced(inputs)
    const commit = head?.commit ?? known?.commit
    if (commit !== state.head) print(`${inputs.ref} of the remote is at ${commit ?? 'no commit'}`)
    return { ...known, ...(commit !== undefined && { head: commit }) }
  }
  const step = policy === 'HotReload' ? hotReload : watch

  return {
    state: () => state,
    look: async () => {
      try {
        state = await step()
      } catch (error) {
        if (signal.aborted) return
        const message = followFault(error, inputs).slice(0, 1000)
        if (message !== state.message) print(message)
        state = { ...state, message }
      }
    },
    close: setup.dispose,
  }
}

/** Follows a remote until `signal`. */
const follow = async (env: Env, print: (line: string) => void, signal: AbortSignal): Promise<void> => {
  const interval = Math.max(1, wholeNumber(env, 'GIT_SYNC_INTERVAL', 300))
  const port = wholeNumber(env, 'GIT_SYNC_PORT', 9410)
  const follower = await openFollower(env, print, signal)
  // Agents that start together do not ask together.
  let nextAt = performance.now() + Math.random() * interval * 1000
  const leftMs = (): number => Math.max(0, nextAt - performance.now())
  const server = await listen(port, () => ({ ...follower.state(), nextInSeconds: Math.ceil(leftMs() / 1000) }))
  try {
    while (!signal.aborted) {
      await sleep(leftMs(), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      nextAt = performance.now() + interval * 1000
      await follower.look()
    }
  } finally {
    server.close()
    server.closeAllConnections()
    await follower.close()
  }
}

export const gitSync: Helper = {
  purpose: 'follows a Git repository: brings the files to its newest commit, or only says what that is',
  variables: {
    ...gitVariables,
    GIT_SYNC_INTERVAL: 'seconds between two looks at the remote, default 300',
    GIT_SYNC_POLICY: 'HotReload changes the files in GIT_WORKSPACE_DIR, Rollout only tells; default HotReload',
    GIT_SYNC_PORT: 'port that serves the state as JSON, default 9410',
  },
  run: async (env, print) => {
    const stop = new AbortController()
    const end = (): void => {
      stop.abort()
      setTimeout(() => process.exit(0), endMs).unref()
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end)
    await follow(env, print, stop.signal)
  },
}
