import { beforeAll, describe, expect, test } from 'vitest'
import type { TaskStatus } from '../../crds/task.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { agent, hasEnded, openWorld, task, template } from './world.ts'

const world = await openWorld('e2e-task')

/** What cannot start. The tests' installation gives it two minutes, so it is made first and looked at last. */
const stuck = [
  {
    name: 'image',
    spec: { executorImage: 'registry.invalid/none:v1', podSpec: { podSecurityContext: { runAsNonRoot: true } } },
    says: 'registry.invalid/none:v1',
  },
  {
    name: 'place',
    spec: { podSpec: { scheduling: { nodeSelector: { none: 'such' } } } },
    says: 'cannot be scheduled',
  },
]

/** Their status while they waited. */
const shown = new Map<string, TaskStatus | undefined>()

beforeAll(async () => {
  await world.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  for (const { name, spec } of stuck) {
    await world.apply(template(`stuck-${name}`, spec))
    await world.apply(task(`stuck-${name}`, { templateRef: { name: `stuck-${name}` }, description: 'hi' }))
  }
  await world.apply(agent('helper'), template('oneshot'))
  for (const { name, says } of stuck) {
    const { status } = await world.until('Task', `stuck-${name}`, (found) => {
      const ready = conditionOf(found?.status?.conditions, 'Ready')
      return ready?.reason === 'PodPending' && (ready.message?.includes(says) ?? false)
    })
    shown.set(name, status)
  }
  await world.until('Agent', 'helper', (found) => found?.status?.ready === true)
})

const finished = async (name: string) => {
  const { status } = await world.until('Task', name, hasEnded)
  const failed = conditionOf(status?.conditions, 'Failed')
  return { phase: status?.phase, reason: failed?.reason, message: failed?.message, status }
}

describe('a Task of a live Agent', () => {
  test('runs, and its status tells what came of it', async () => {
    await world.apply(task('hello', { agentRef: { name: 'helper' }, description: '--share [[echo]] "quotes" `ticks`' }))
    const { phase, status } = await finished('hello')
    expect(phase).toBe('Completed')
    expect(conditionOf(status?.conditions, 'Complete')?.status).toBe('True')
    expect(status?.session?.title).toMatch(/^kubeopencode\/e2e-task\/hello\/[0-9a-f]{8}$/)
    expect(status?.session?.summary?.tokenUsage?.output).toBeGreaterThan(0)
    // The prompt reached the model character for character.
    expect(await world.kubectl('logs', 'hello-pod')).toContain('--share [[echo]] "quotes" `ticks`')
  })

  test('has the tools and the workspace of the Agent', async () => {
    await world.apply(
      task('tools', { agentRef: { name: 'helper' }, description: '[[bash:pwd && id -u && echo made > made.txt]]' }),
    )
    expect((await finished('tools')).phase).toBe('Completed')
    expect(await world.kubectl('exec', 'deploy/helper-server', '--', 'cat', '/workspace/made.txt')).toBe('made\n')
  })

  test('fails with the words of the model provider', async () => {
    await world.apply(task('refused', { agentRef: { name: 'helper' }, description: '[[fail:401]]' }))
    const { phase, reason, message } = await finished('refused')
    expect({ phase, reason }).toEqual({ phase: 'Failed', reason: 'AgentRunFailed' })
    expect(message).toContain('401')
  })

  test('gets its Pod without credentials, token or rights', async () => {
    const pod = await world.get('Pod', 'hello-pod')
    expect(pod?.spec?.automountServiceAccountToken).toBe(false)
    expect(pod?.spec?.serviceAccountName).toBe('default')
    const secrets = pod?.spec?.containers[0]?.env?.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])
    // The password of the Agent's server, and none of the Agent's own.
    expect(secrets).toEqual(['helper-server-auth'])
  })

  test('has only one container to wait for, as its prompt is mounted', async () => {
    const { status } = await world.until('Pod', 'hello-pod', (pod) => pod?.status?.phase === 'Succeeded')
    expect(status?.initContainerStatuses?.map(({ name }) => name)).toEqual(['opencode-init'])
    expect(status?.phase).toBe('Succeeded')
  })

  test('stops on request: the session ends on the server, then the Pod goes', async () => {
    await world.apply(task('slow', { agentRef: { name: 'helper' }, description: '[[slow:600]]' }))
    await world.until('Pod', 'slow-pod', (pod) => pod?.status?.phase === 'Running')
    const busy = () => world.ask('helper', '/session/status')
    await expect.poll(busy, { timeout: 180_000, interval: 300 }).toContain('busy')
    await world.kubectl('annotate', 'task', 'slow', 'kubeopencode.io/stop=true')
    const { status, phase } = await finished('slow')
    expect(phase).toBe('Completed')
    expect(conditionOf(status?.conditions, 'Stopped')).toMatchObject({ status: 'True', reason: 'UserStopped' })
    // Long before its ten minutes are over.
    await expect.poll(busy, { timeout: 60_000, interval: 300 }).not.toContain('busy')
    await world.until('Pod', 'slow-pod', (pod) => pod === undefined)
  })

  test('ends at its timeout', async () => {
    await world.apply(task('late', { agentRef: { name: 'helper' }, description: '[[slow:600]]', timeout: '8s' }))
    const { phase, status } = await finished('late')
    expect(phase).toBe('Completed')
    expect(conditionOf(status?.conditions, 'Stopped')?.reason).toBe('Timeout')
    const { startTime = '', completionTime = '' } = status ?? {}
    expect(Date.parse(completionTime) - Date.parse(startTime)).toBeLessThan(60_000)
  })

  test('is Failed when its Pod is deleted by others', async () => {
    await world.apply(task('robbed', { agentRef: { name: 'helper' }, description: '[[slow:600]]' }))
    await world.until('Pod', 'robbed-pod', (pod) => pod?.status?.phase === 'Running')
    await world.kubectl('delete', 'pod', 'robbed-pod', '--grace-period=1')
    expect(await finished('robbed')).toMatchObject({ phase: 'Failed', reason: 'PodLost' })
  })
})

describe('a Task of a template', () => {
  test('runs in a Pod of its own, with contexts and credentials', async () => {
    await world.apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'scripts' }, data: { 'run.sh': 'echo hi' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { token: 's3cret' } },
      template('equipped', {
        contexts: [
          { name: 'rules', type: 'Text', text: 'Be brief.' },
          {
            name: 'scripts',
            type: 'ConfigMap',
            configMap: { name: 'scripts' },
            mountPath: '.scripts',
            fileMode: 0o755,
          },
        ],
        credentials: [{ name: 'token', secretRef: { name: 'keys', key: 'token' }, env: 'THE_TOKEN' }],
      }),
    )
    const look =
      'cat .kubeopencode/context.md; stat -c %a .scripts/run.sh; test "$THE_TOKEN" = s3cret && echo has-token'
    await world.apply(task('equipped', { templateRef: { name: 'equipped' }, description: `[[bash:${look}]]` }))
    const { phase, status } = await finished('equipped')
    const log = await world.kubectl('logs', 'equipped-pod')
    expect(log).toContain('<context name="rules" namespace="e2e-task" type="Text">')
    expect(log).toContain('755')
    expect(log).toContain('has-token')
    expect(phase).toBe('Completed')
    expect(status?.session?.summary?.messageCount).toBeGreaterThan(0)
  })

  test('waits five seconds for a template that comes late', async () => {
    await world.apply(task('early', { templateRef: { name: 'soon' }, description: 'hi' }))
    await world.until(
      'Task',
      'early',
      (found) => conditionOf(found?.status?.conditions, 'Ready')?.reason === 'AgentError',
    )
    // By hand: kubectl may take as long as the Task waits.
    await world.cluster.create({ ...template('soon'), metadata: { name: 'soon', namespace: world.namespace } })
    expect((await finished('early')).phase).toBe('Completed')
  })

  test('is Failed when what it names never comes', async () => {
    await world.apply(task('orphan', { agentRef: { name: 'nobody' }, description: 'hi' }))
    const { phase, message } = await finished('orphan')
    expect(phase).toBe('Failed')
    expect(message).toContain('Agent e2e-task/nobody does not exist')
  })
})

describe('a Pod that fails', () => {
  const cases = [
    {
      name: 'oom',
      // Takes all it can get: under so small a limit OpenCode itself would crawl for minutes before it is killed.
      spec: { command: ['tail', '/dev/zero'], podSpec: { resources: { limits: { memory: '64Mi' } } } },
      reason: 'OOMKilled',
      says: 'podSpec.resources.limits.memory',
    },
    {
      name: 'init',
      spec: {
        contexts: [
          {
            name: 'gone',
            type: 'Git',
            mountPath: 'code',
            git: { repository: 'http://git.kubeopencode-demo.svc.cluster.local/none.git' },
          },
        ],
      },
      reason: 'PodFailed',
      says: 'init container git-init-0',
    },
    { name: 'exit', spec: { command: ['sh', '-c', 'exit 7'] }, reason: 'AgentRunFailed', says: 'exit code 7' },
  ]
  test.each(cases)('$name ends as $reason', async ({ name, spec, reason, says }) => {
    await world.apply(template(`fails-${name}`, spec))
    await world.apply(task(`fails-${name}`, { templateRef: { name: `fails-${name}` }, description: 'hi' }))
    const ended = await finished(`fails-${name}`)
    expect(ended).toMatchObject({ phase: 'Failed', reason })
    expect(ended.message).toContain(says)
  })

  test.each(stuck)(
    '$name: its trouble is shown while it waits, and it does not wait for ever',
    async ({ name, says }) => {
      expect(shown.get(name)?.phase).toBe('Running')
      expect(conditionOf(shown.get(name)?.conditions, 'Ready')?.message).toContain(says)
      const ended = await finished(`stuck-${name}`)
      expect(ended).toMatchObject({ phase: 'Failed', reason: 'PodStartTimeout' })
      expect(ended.message).toContain(says)
    },
  )
})
