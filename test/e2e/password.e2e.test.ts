import { readdirSync, readFileSync } from 'node:fs'
import type { Pod } from 'kubernetes-types/core/v1'
import { beforeAll, describe, expect, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import { agent, hasEnded, openWorld, task } from './world.ts'

const world = await openWorld('e2e-password')
const system = await openWorld('kubeopencode-system')
const otherPort = 4123
const url = (name: string, port = 4096): string => `http://${name}.${world.namespace}.svc.cluster.local:${port}`

let password: string

beforeAll(async () => {
  await world.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  // Somebody was there first, with a password that they know.
  await world.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'planted-server-auth' },
    stringData: { password: 'known-to-somebody' },
  })
  await world.apply(agent('locked'), agent('other', { port: otherPort }), agent('planted'))
  for (const name of ['locked', 'other']) await world.until('Agent', name, (found) => found?.status?.ready === true)
  const secret = await world.get('Secret', 'locked-server-auth')
  password = atob(secret?.data?.['password'] ?? '')
})

/** A Task that runs `command` in a Pod of its own, as an Agent's client with a command of the user's own. */
const finished = async (name: string) => {
  const { status } = await world.until('Task', name, hasEnded)
  const failed = conditionOf(status?.conditions, 'Failed')
  return { phase: status?.phase, reason: failed?.reason, message: failed?.message }
}

const inside = (name: string, script: string): Promise<string> =>
  world.kubectl('exec', `deploy/${name}-server`, '-c', 'opencode-server', '--', 'sh', '-c', script)

/** Status code of a request from the Pod of Agent `from`. */
const codeFrom = (from: string, address: string, ...options: readonly string[]): Promise<string> =>
  inside(from, `curl -s -m 60 -o /dev/null -w '%{http_code}' ${options.join(' ')} ${address}`)

describe('a Secret that is not ours', () => {
  test('starts no server; its Agent says which, and what to do', async () => {
    const seen = await world.until(
      'Agent',
      'planted',
      (found) => conditionOf(found?.status?.conditions, 'Ready')?.message.includes('planted-server-auth') ?? false,
    )
    expect(conditionOf(seen.status?.conditions, 'Ready')?.message).toMatch(/Delete the Secret/)
    expect(seen.status?.ready).toBe(false)
  })

  test('once it is deleted, ours is made and the server starts', async () => {
    await world.kubectl('delete', 'secret', 'planted-server-auth')
    await world.kubectl('rollout', 'restart', 'deployment', 'planted-server')
    await world.until('Agent', 'planted', (found) => found?.status?.ready === true)
    const secret = await world.get('Secret', 'planted-server-auth')
    expect(atob(secret?.data?.['password'] ?? '')).toMatch(/^[-\w]{43}$/)
  })
})

describe('any Pod', () => {
  test.each(['/session', '/global/health', '/pty', '/event', '/doc'])('gets 401 for %s without the password', (path) =>
    expect(codeFrom('other', `${url('locked')}${path}`)).resolves.toBe('401'),
  )

  test('gets no shell', () =>
    expect(codeFrom('other', `${url('locked')}/session/x/shell`, '-X POST', "-d '{}'")).resolves.toBe('401'))

  test('is no further with the password of its own Agent', async () => {
    // From standard input: the password is in no argument.
    const asked = (address: string) =>
      inside(
        'other',
        `printf 'user = "opencode:%s"\\n' "$OPENCODE_SERVER_PASSWORD" | curl -s -m 60 -o /dev/null -w '%{http_code}' -K - ${address}/session`,
      )
    expect(await asked(url('other', otherPort))).toBe('200')
    expect(await asked(url('locked'))).toBe('401')
  })

  test('gets no further at the guard, which tells it that the server is well', async () => {
    const { spec } = (await world.get('Service', 'locked'))!
    const port = spec?.ports?.find(({ name }) => name === 'guard')?.port
    const guard = `http://locked.${world.namespace}.svc.cluster.local:${port}`
    expect(await codeFrom('other', `${guard}/session`)).toBe('401')
    expect(await codeFrom('other', `${guard}/session`, "-H 'x-kubeopencode-password: wrong'")).toBe('401')
    expect(await codeFrom('other', `${guard}/healthz`)).toBe('200')
  })
})

describe('the apiserver’s proxy', () => {
  test('gets through with the password, and with nothing else', async () => {
    expect(await world.ask('locked', '/session')).toMatch(/^\[/)
    expect(await world.ask('locked', '/session', 'wrong')).toMatch(/^HTTP 401: .*x-kubeopencode-password/)
    const open = world.kubectl(
      'get',
      '--raw',
      `/api/v1/namespaces/${world.namespace}/services/locked:4096/proxy/session`,
    )
    await expect(open).rejects.toThrow(/asked for the client to provide credentials/)
  })
})

describe('a Task', () => {
  test('has the password and is done', async () => {
    await world.apply(task('let-in', { agentRef: { name: 'locked' }, description: '[[bash:echo in]]' }))
    expect(await finished('let-in')).toMatchObject({ phase: 'Completed' })
  })

  test('with a command of its own has it too', async () => {
    const command = [
      'sh',
      '-c',
      `printf 'user = "opencode:%s"\\n' "$OPENCODE_SERVER_PASSWORD" | curl -sf -m 60 -o /dev/null -K - ${url('locked')}/session`,
    ]
    await world.kubectl('patch', 'agent', 'locked', '--type=merge', '-p', JSON.stringify({ spec: { command } }))
    await world.apply(task('own-command', { agentRef: { name: 'locked' }, description: 'hi' }))
    const ended = await finished('own-command')
    await world.kubectl('patch', 'agent', 'locked', '--type=merge', '-p', JSON.stringify({ spec: { command: null } }))
    expect(ended).toMatchObject({ phase: 'Completed' })
  })
})

describe('nobody sees it', () => {
  test('neither among the processes nor in what is told of the objects', async () => {
    expect(password).toMatch(/^[-\w]{43}$/)
    await world.apply(task('at-work', { agentRef: { name: 'locked' }, description: '[[slow:600]]' }))
    await world.until('Pod', 'at-work-pod', (pod) => pod?.status?.phase === 'Running')
    const log = () => world.kubectl('logs', 'at-work-pod', '--all-containers')
    await expect.poll(async () => (await log()).length, { timeout: 180_000 }).toBeGreaterThan(20)
    const processes = 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'
    const told = await Promise.all([
      inside('locked', processes),
      world.kubectl('exec', 'deploy/locked-server', '-c', 'guard', '--', 'sh', '-c', processes),
      world.kubectl('exec', 'at-work-pod', '-c', 'agent', '--', 'sh', '-c', processes),
      world.kubectl('describe', 'all'),
      world.kubectl('describe', 'agents,tasks'),
      world.kubectl('get', 'agents,tasks,pods,deployments,services,configmaps,events', '-o', 'yaml'),
      world.kubectl('logs', 'deploy/locked-server', '--all-containers'),
      log(),
      system.kubectl('logs', 'deploy/kubeopencode-controller'),
    ])
    await world.kubectl('annotate', 'task', 'at-work', 'kubeopencode.io/stop=true')
    expect(told[0]).toContain('/tools/opencode serve')
    expect(told[1]).toContain('guard')
    expect(told[2]).toContain('/tools/')
    const basic = btoa(`opencode:${password}`)
    for (const [index, text] of told.entries()) {
      expect(text.length, `source ${index}`).toBeGreaterThan(20)
      expect(text.includes(password), `source ${index}`).toBe(false)
      expect(text.includes(basic), `source ${index}`).toBe(false)
    }
  })
})

/** When the agent's container ran, once it has ended. */
const runOf = (pod: Pod | undefined) =>
  pod?.status?.containerStatuses?.find(({ name }) => name === 'agent')?.state?.terminated

describe('a Secret that was replaced', () => {
  test('a Task with a wrong password fails with the reason, at once', async () => {
    await world.kubectl('delete', 'secret', 'locked-server-auth')
    await world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'locked-server-auth' },
      stringData: { password: 'wrong' },
    })
    await world.apply(task('shut-out', { agentRef: { name: 'locked' }, description: 'hi' }))
    const ended = await finished('shut-out')
    expect(ended).toMatchObject({ phase: 'Failed' })
    expect(ended.message).toMatch(/refuses our password \(HTTP 401\)/)
    const pod = await world.until('Pod', 'shut-out-pod', (found) => runOf(found) !== undefined)
    const { startedAt = '', finishedAt = '' } = runOf(pod) ?? {}
    expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeLessThan(45_000)
  })
})

/** The server's process as the node has it: from inside of its container nothing can stop it. */
const processOf = (port: number): number => {
  const found = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`/tools/opencode\0serve\0--port\0${port}\0`)
      } catch {
        return false
      }
    })
  return Number(found)
}

/** Unless the kubelet has replaced it meanwhile, which is the next thing that it does with it. */
const goOn = (pid: number): void => {
  try {
    process.kill(pid, 'SIGCONT')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

test('a server that is wedged with its port open is not ready: its guard asks it, and does not answer for it', async () => {
  const [server] = (await world.get('Deployment', 'other-server'))?.spec?.template.spec?.containers ?? []
  for (const probe of [server?.startupProbe, server?.readinessProbe, server?.livenessProbe])
    expect(probe?.httpGet?.path).toBe('/healthz')
  const pid = processOf(otherPort)
  process.kill(pid, 'SIGSTOP')
  try {
    await world.until('Agent', 'other', (found) => found?.status?.ready === false)
  } finally {
    goOn(pid)
  }
  await world.until('Agent', 'other', (found) => found?.status?.ready === true)
})

test('switched off for the whole cluster, Pods are as if there were none', async () => {
  const config = (requireServerPassword: boolean) => ({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'KubeOpenCodeConfig',
    metadata: { name: 'cluster' },
    spec: { security: { requireServerPassword } },
  })
  await world.apply(config(false))
  try {
    await world.apply(agent('open'))
    await world.until('Agent', 'open', (found) => found?.status?.ready === true)
    const spec = (await world.get('Deployment', 'open-server'))?.spec
    expect(spec?.template.spec?.containers.map(({ name }) => name)).toEqual(['opencode-server'])
    expect(JSON.stringify(spec)).not.toContain('PASSWORD')
    expect(await world.get('Secret', 'open-server-auth')).toBeUndefined()
    await world.apply(task('free', { agentRef: { name: 'open' }, description: 'hi' }))
    expect(await finished('free')).toMatchObject({ phase: 'Completed' })
  } finally {
    await world.kubectl('delete', 'kubeopencodeconfig', 'cluster')
  }
})
