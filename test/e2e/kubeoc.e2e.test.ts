import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Terminal } from '../builders/terminal.ts'
import { inTerminal } from '../builders/terminal.ts'
import { opencodeBinary } from '../pod/opencode.ts'
import { agent, hasEnded, isNextInQueue, mockConfig, openWorld, template } from './world.ts'

/** What a person does with kubeoc alone, at a terminal, in a real cluster with the real OpenCode at both ends. */
const world = await openWorld('e2e-kubeoc')
let folder: string
let env: Record<string, string>
const open: Terminal[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeoc-e2e-'))
  await Promise.all(['bin', 'home'].map((name) => mkdir(join(folder, name))))
  await symlink(opencodeBinary, join(folder, 'bin', 'opencode'))
  env = {
    PATH: [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(folder, 'home'),
    KUBECONFIG: inject('kubeconfig'),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  }
  await world.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    template('careful', { config: { ...mockConfig, permission: { bash: 'ask' } } }),
  )
})
afterAll(async () => {
  for (const terminal of open) terminal.kill()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

const start = (...words: readonly string[]): Terminal => {
  const command = [process.execPath, 'cli/main.ts', '-n', world.namespace, ...words].map(quoted).join(' ')
  const terminal = inTerminal(`exec ${command}`, env)
  open.push(terminal)
  return terminal
}

/** A command to its end. */
const kubeoc = async (...words: readonly string[]): Promise<{ code: number | null; said: string }> => {
  const { ended, screen } = start(...words)
  return { code: await ended, said: screen().replaceAll('\r', '') }
}

const shown = async (terminal: Terminal, pattern: RegExp, seconds = 420): Promise<void> => {
  await expect.poll(() => terminal.screen().slice(-4_000), { timeout: seconds * 1000, interval: 250 }).toMatch(pattern)
}

/** Types what a person types once the program is there, and again while it was not heard: keys that come early are lost. */
const typed = async (terminal: Terminal, text: string): Promise<void> => {
  await expect
    .poll(
      () => {
        if (!terminal.screen().includes(text)) terminal.type(text)
        return terminal.screen().slice(-4_000)
      },
      { timeout: 180_000, interval: 3_000 },
    )
    .toContain(text)
}

const leave = async (terminal: Terminal): Promise<number | null> => {
  terminal.type('\u0003')
  const again = setInterval(() => terminal.type('\u0003'), 1_500)
  return terminal.ended.finally(() => clearInterval(again))
}

describe('with kubeoc alone, at a terminal', () => {
  test('an Agent is made from a template', async () => {
    const { code, said } = await kubeoc(
      'create',
      'agent',
      'coder',
      '--template',
      'careful',
      '--max-concurrent-tasks',
      '1',
      '--wait',
      '--wait-timeout',
      '10m',
    )
    expect(said).toContain('Agent coder is created')
    expect(said).toContain('Agent coder is ready')
    expect(code).toBe(0)
  })

  test('a Task is given and followed, and a person lets it use a tool', async () => {
    const running = start('run', '[[bash:echo from-the-agent]]', '--agent', 'coder', '--name', 'first')
    await shown(running, /waits for a person/)
    const why = await kubeoc('task', 'why', 'first')
    expect(why.said).toMatch(/its agent asks for leave to use\n +bash: echo from-the-agent/)
    expect(await kubeoc('task', 'approve', 'first')).toMatchObject({ code: 0 })
    expect(await running.ended).toBe(0)
    expect(running.screen()).toMatch(/from-the-agent[\s\S]*Task first is done/)
    expect((await kubeoc('describe', 'task', 'first')).said).toMatch(/Approved/)
  })

  test('somebody sits down beside the agent and is heard', async () => {
    const attached = start('agent', 'attach', 'coder', '--wake-timeout', '10m')
    await shown(attached, /Ask anything/)
    await typed(attached, 'Say hello to everybody')
    const before = await world.ask('coder', '/session')
    await expect
      .poll(
        async () => {
          attached.type('\r')
          return (await world.ask('coder', '/session')) === before ? attached.screen().slice(-4_000) : 'a new session'
        },
        { timeout: 180_000, interval: 3_000 },
      )
      .toBe('a new session')
    expect(await leave(attached)).toBe(0)
  })

  test('why a second Task waits is said, and what lets it go', async () => {
    expect(await kubeoc('create', 'task', '[[slow:600]]', '--agent', 'coder', '--name', 'slow')).toMatchObject({
      code: 0,
    })
    await world.until('Task', 'slow', (found) => found?.status?.phase === 'Running')
    expect(await kubeoc('create', 'task', 'Say hello', '--agent', 'coder', '--name', 'second')).toMatchObject({
      code: 0,
    })
    await world.until('Task', 'second', isNextInQueue)
    const { code, said } = await kubeoc('task', 'why', 'second')
    expect(code).toBe(0)
    expect(said).toMatch(/Task second waits at place 1[\s\S]*AgentAtCapacity[\s\S]*At work there now:\n +slow/)
    expect(await kubeoc('task', 'stop', 'slow')).toMatchObject({ code: 0 })
    const followed = await kubeoc('task', 'logs', '-f', 'second')
    expect(followed).toMatchObject({
      code: 0,
      said: expect.stringMatching(/This is the mock model[\s\S]*done:/) as unknown,
    })
    expect((await world.until('Task', 'second', hasEnded)).status?.phase).toBe('Completed')
  })

  test('the Agent is suspended, and woken by who attaches', async () => {
    expect(await kubeoc('agent', 'suspend', 'coder')).toMatchObject({ code: 0 })
    await world.until('Agent', 'coder', (found) => found?.status?.suspended === true)
    const attached = start('agent', 'attach', 'coder', '--wake-timeout', '10m')
    await shown(attached, /Agent coder is suspended and is resumed/)
    await shown(attached, /Ask anything/)
    expect(await leave(attached)).toBe(0)
    expect((await world.get('Agent', 'coder'))?.spec.suspend).toBe(false)
  })

  test('a CronTask is scheduled and triggered', async () => {
    const made = await kubeoc(
      'create',
      'crontask',
      'nightly',
      'Say hello',
      '--schedule',
      '0 3 * * *',
      '--time-zone',
      'Europe/Berlin',
      '--agent',
      'coder',
    )
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('CronTask nightly is created') as unknown })
    await world.until('CronTask', 'nightly', (found) => found?.status?.nextScheduleTime !== undefined)
    expect((await kubeoc('get', 'crontasks', '-o', 'wide')).said).toMatch(/nightly +0 3 \* \* \* +Europe\/Berlin/)
    const triggered = await kubeoc('crontask', 'trigger', 'nightly')
    expect(triggered.code).toBe(0)
    const name = /nightly-\d+/.exec(triggered.said)?.[0] ?? triggered.said
    expect(await kubeoc('task', 'logs', '-f', name)).toMatchObject({ code: 0 })
    expect((await world.until('Task', name, hasEnded)).status?.phase).toBe('Completed')
  })

  test('a broken file is found fault with, and a good one rendered', async () => {
    const good = join(folder, 'good.yaml')
    const broken = join(folder, 'broken.yaml')
    await writeFile(good, stringify(agent('other')))
    await writeFile(broken, stringify(agent('other', { port: 0, maxConcurrentTask: 3 })))
    const lint = await kubeoc('lint', '-f', broken)
    expect(lint.code).toBe(1)
    expect(lint.said).toMatch(/broken\.yaml:\d+:\d+: error: Agent other: spec\.port/)
    expect(await kubeoc('lint', '-f', good)).toMatchObject({ code: 0 })
    const rendered = await kubeoc('render', '-f', good)
    expect(rendered).toMatchObject({ code: 0, said: expect.stringMatching(/kind: Deployment/) as unknown })
  })
})
