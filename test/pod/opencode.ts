/** The real OpenCode with the mock model, for tests: no network, no key, nothing shared with the person's own settings. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import { bundle } from '../../infra/build/bundle.ts'
import { demoRepositoryFiles } from '../../infra/local/demo-job.ts'
import type { Move } from '../../infra/local/mock-conversation.ts'
import { createMockModel, mockModelConfig } from '../../infra/local/mock-model.ts'

const root = join(import.meta.dirname, '../..')
export const opencodeBinary = join(root, 'node_modules/opencode-linux-x64/bin/opencode')

export type Bench = {
  readonly workspace: string
  /** Every move of the mock model so far, with the time it was made. */
  readonly moves: readonly { readonly move: Move; readonly prompt: string; readonly at: number }[]
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  readonly runnerFile: string
  readonly close: () => Promise<void>
}

export const makeBench = async (): Promise<Bench> => {
  const folder = await mkdtemp(join(tmpdir(), 'opencode-bench-'))
  const workspace = join(folder, 'workspace')
  await mkdir(workspace)
  await mkdir(join(folder, 'home'))
  for (const [path, content] of Object.entries(demoRepositoryFiles)) await writeFile(join(workspace, path), content)
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: workspace })
  await git('init', '--quiet')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'start')

  const moves: { move: Move; prompt: string; at: number }[] = []
  const app = createMockModel({
    onMove: (move, talk) => moves.push({ move, prompt: talk.prompt, at: performance.now() }),
  })
  const model = await new Promise<{ port: number; close: () => void }>((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ port, close: () => server.close() }),
    )
  })
  const config = join(folder, 'opencode.json')
  await writeFile(config, JSON.stringify(mockModelConfig(`http://127.0.0.1:${model.port}/v1`)))
  const [runnerFile = ''] = await bundle(['run'])
  return {
    workspace,
    moves,
    folder,
    runnerFile,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(folder, 'home'),
      OPENCODE_CONFIG: config,
      OPENCODE_PERMISSION: '{"*":"allow"}',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    },
    close: async () => {
      model.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export type Served = { readonly url: string; readonly stop: () => Promise<void> }

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('close', () => resolve()),
  )

export const serveOpencode = async (
  { env, workspace }: Bench,
  more: Readonly<Record<string, string>> = {},
): Promise<Served> => {
  const child = spawn(opencodeBinary, ['serve', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: workspace,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    const onData = (chunk: unknown): void => {
      output += String(chunk)
      const found = /listening on (\S+)/.exec(output)
      if (found?.[1]) resolve(found[1])
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('close', () => reject(new Error(`opencode serve ended: ${output}`)))
  })
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

export type RunnerResult = { readonly exit: number; readonly output: string; readonly termination: string }
export type RunningRunner = {
  readonly child: ChildProcess
  readonly output: () => string
  readonly result: Promise<RunnerResult>
}

let count = 0

/** Starts the runner as a Task's Pod does. */
export const startRunner = (
  { env, folder, workspace, runnerFile }: Bench,
  prompt: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): RunningRunner => {
  const terminationLog = join(folder, `termination-${count++}`)
  const child = spawn(opencodeBinary, [runnerFile, 'run', ...args], {
    cwd: workspace,
    env: {
      ...env,
      BUN_BE_BUN: '1',
      OPENCODE_BINARY: opencodeBinary,
      TERMINATION_LOG: terminationLog,
      TASK_NAMESPACE: 'team',
      TASK_NAME: 'fix',
      TASK_UID: '0123abcd-0000-4000-8000-000000000000',
      ...more,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  child.stdin.on('error', () => undefined)
  child.stdin.end(prompt)
  return {
    child,
    output: () => output,
    result: new Promise((resolve) =>
      child.once('close', (code) => {
        void readFile(terminationLog, 'utf8')
          .catch(() => '')
          .then((termination) => resolve({ exit: code ?? -1, output, termination }))
      }),
    ),
  }
}

export const runRunner = (...args: Parameters<typeof startRunner>): Promise<RunnerResult> => startRunner(...args).result
