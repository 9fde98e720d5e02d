import { afterEach, beforeAll, expect, test } from 'vitest'
import { labels } from '../../crds/names.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { manifestsOf } from './manifests.ts'
import { hasEnded, mockConfig, openWorld, task } from './world.ts'

const world = await openWorld('e2e-work')

beforeAll(async () => {
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } })
  await world.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kubeopencode-agent' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shared-github-creds' }, stringData: { token: 'gh-token' } },
  )
})
afterEach(() => world.kubectl('delete', 'crontasks,tasks,agents,agenttemplates', '--all', '--cascade=foreground'))

const bring = (file: string) => world.apply(...manifestsOf(file))
const ready = (name: string) => world.until('Agent', name, (found) => found?.status?.ready === true)
const change = (kind: string, name: string, spec: object) =>
  world.kubectl('patch', kind, name, '--type=merge', '-p', JSON.stringify({ spec }))
const ended = async (name: string) => {
  const { status } = await world.until('Task', name, hasEnded)
  return { phase: status?.phase, message: conditionOf(status?.conditions, 'Failed')?.message }
}
/** Until the Task waits for this reason; what its condition says then. */
const waits = async (name: string, reason: string) => {
  const queued = await world.until(
    'Task',
    name,
    (found) => conditionOf(found?.status?.conditions, 'Queued')?.reason === reason,
  )
  expect(queued.status?.phase).toBe('Queued')
  return conditionOf(queued.status?.conditions, 'Queued')?.message
}

test('several-agents: a Task runs on the Agent that it names', async () => {
  await bring('several-agents')
  expect(await ended('task-with-opencode')).toEqual({ phase: 'Completed' })
  expect((await world.get('Task', 'task-with-opencode'))?.status?.session?.title).toMatch(
    /^kubeopencode\/e2e-work\/task-with-opencode\//,
  )
})

test('agent-template: an Agent has what its template has, and a Task runs without an Agent', async () => {
  await bring('agent-template')
  await ready('my-agent')
  const script = 'printenv GITHUB_TOKEN; cat .kubeopencode/context.md'
  expect(
    await world.kubectl('exec', 'deploy/my-agent-server', '-c', 'opencode-server', '--', 'sh', '-c', script),
  ).toMatch(/^gh-token\n[^]*Follow team coding standards\.\.\./)
  expect(await world.kubectl('get', 'agents', '-l', 'kubeopencode.io/agent-template=team-config', '-o', 'name')).toBe(
    'agent.kubeopencode.io/my-agent\n',
  )
  await world.until('AgentTemplate', 'team-config', (found) => found?.status?.agents === 1)
  expect(await ended('one-off-task')).toEqual({ phase: 'Completed' })
})

test('concurrency: the fourth Task waits for one of three, and says so', async () => {
  await bring('concurrency')
  await ready('rate-limited-agent')
  const work = (name: string) => task(name, { agentRef: { name: 'rate-limited-agent' }, description: '[[slow:25]]' })
  await world.apply(work('one'), work('two'), work('three'))
  for (const name of ['one', 'two', 'three'])
    await world.until('Task', name, (found) => found?.status?.podName !== undefined)
  await world.apply(task('four', { agentRef: { name: 'rate-limited-agent' }, description: 'hi' }))
  expect(await waits('four', 'AgentAtCapacity')).toMatch(/rate-limited-agent/)
  const { status } = await world.until(
    'Agent',
    'rate-limited-agent',
    (found) => found?.status?.activeTasks?.length === 3,
  )
  const active = status?.activeTasks?.map(({ name }) => name)
  expect(active?.toSorted((a, b) => a.localeCompare(b))).toEqual(['one', 'three', 'two'])
  for (const name of ['one', 'two', 'three', 'four']) expect(await ended(name)).toEqual({ phase: 'Completed' })
})

test('approvals: an agent asks before it runs a command, and does what it is told', async () => {
  const [careful, first] = manifestsOf('approvals')
  const spec = careful?.spec as { config: object }
  const work = (name: string, command: string) => ({
    ...first,
    metadata: { name },
    spec: { ...first?.spec, description: `[[bash:${command}]]` },
  })
  await world.apply({ ...careful, spec: { ...spec, config: { ...mockConfig, ...spec.config } } })
  await ready('careful-agent')
  await world.apply(work('publish', 'echo published > published.txt'), work('forget', 'rm -r .'))
  const asked = async (name: string) => {
    const { status } = await world.until('Task', name, (found) => found?.status?.question !== undefined)
    expect(conditionOf(status?.conditions, 'ApprovalPending')?.reason).toBe('PermissionAsked')
    return status?.question
  }
  const published = await asked('publish')
  expect(published?.text).toMatch(/^bash: echo published/)
  expect((await asked('forget'))?.text).toBe('bash: rm -r .')

  const answer = (name: string, text: string) =>
    world.kubectl('annotate', 'task', name, `kubeopencode.io/answer=${text}`, 'kubeopencode.io/answered-by=the-boss')
  await answer('publish', `approve ${published?.id}`)
  expect(await ended('publish')).toEqual({ phase: 'Completed' })
  const { status } = await world.until('Task', 'publish', (found) => found?.status?.answers?.length === 1)
  expect(status?.answers?.[0]).toMatchObject({ id: published?.id, verdict: 'Approved' })
  expect(status?.answers?.[0]?.by).not.toBe('the-boss')
  const cat = ['exec', 'deploy/careful-agent-server', '-c', 'opencode-server', '--', 'cat', 'published.txt']
  expect(await world.kubectl(...cat)).toBe('published\n')

  await answer('forget', `deny ${(await world.get('Task', 'forget'))?.status?.question?.id} never`)
  const forgotten = await ended('forget')
  expect(forgotten.phase).toBe('Failed')
  expect(forgotten.message).toContain('The permission "bash rm -r ." was rejected')
  expect(await world.kubectl(...cat)).toBe('published\n')
})

test('quota: a Task waits until the window has room, or the quota is raised', async () => {
  await bring('quota')
  await ready('rate-limited-agent')
  const work = (name: string) => task(name, { agentRef: { name: 'rate-limited-agent' }, description: 'hi' })
  await change('agent', 'rate-limited-agent', { quota: { maxTaskStarts: 1 } })
  await world.apply(work('one'))
  expect(await ended('one')).toEqual({ phase: 'Completed' })
  await world.apply(work('two'))
  expect(await waits('two', 'QuotaExceeded')).toMatch(/rate-limited-agent/)
  await change('agent', 'rate-limited-agent', { quota: { maxTaskStarts: 10 } })
  expect(await ended('two')).toEqual({ phase: 'Completed' })
})

test('suspend: without a server, with its volume and Service; a Task waits until it is resumed', async () => {
  await bring('suspend')
  const suspended = await world.until('Agent', 'suspendable-agent', (found) => found?.status?.suspended === true)
  expect(conditionOf(suspended.status?.conditions, 'Suspended')).toMatchObject({
    status: 'True',
    reason: 'UserRequested',
  })
  await world.until('Deployment', 'suspendable-agent-server', (found) => found?.spec?.replicas === 0)
  await world.until('Service', 'suspendable-agent', (found) => found !== undefined)
  await world.until('PersistentVolumeClaim', 'suspendable-agent-server-sessions', (found) => found !== undefined)
  await world.apply(task('patient', { agentRef: { name: 'suspendable-agent' }, description: 'hi' }))
  await waits('patient', 'AgentSuspended')
  await change('agent', 'suspendable-agent', { suspend: false })
  expect(await ended('patient')).toEqual({ phase: 'Completed' })
})

test('standby: it sleeps when nobody needs it, keeps its volumes, and a Task wakes it', async () => {
  await bring('standby')
  await ready('auto-scaling-agent')
  await world.until('Agent', 'auto-scaling-agent', (found) => found?.status?.idleSince !== undefined)
  await change('agent', 'auto-scaling-agent', { standby: { idleTimeout: '5s' } })
  const asleep = await world.until('Agent', 'auto-scaling-agent', (found) => found?.status?.suspended === true)
  expect(conditionOf(asleep.status?.conditions, 'Suspended')).toMatchObject({ status: 'True', reason: 'Standby' })
  await world.until('Deployment', 'auto-scaling-agent-server', (found) => found?.spec?.replicas === 0)
  // The server hears that it should end: nobody has to kill it half a minute later.
  await world.kubectl('wait', 'pod', '-l', 'kubeopencode.io/agent=auto-scaling-agent', '--for=delete', '--timeout=25s')
  for (const use of ['sessions', 'workspace'])
    expect((await world.get('PersistentVolumeClaim', `auto-scaling-agent-server-${use}`))?.status?.phase).toBe('Bound')
  await world.apply(task('alarm', { agentRef: { name: 'auto-scaling-agent' }, description: 'hi' }))
  expect(await ended('alarm')).toEqual({ phase: 'Completed' })
})

test('cron-task: each is told when it fires next, and one is run by hand', async () => {
  await world.apply(
    ...manifestsOf('several-agents')
      .filter(({ kind }) => kind === 'Agent')
      .map((manifest) => ({ ...manifest, metadata: { name: 'maintainer' } })),
    ...['cron-task-every-weekday', 'cron-task-when-one-still-runs', 'cron-task-how-many-are-kept', 'cron-task-by-hand']
      .flatMap((file) => manifestsOf(file))
      .filter(({ kind }) => kind === 'CronTask'),
  )
  await ready('maintainer')
  const next = async (name: string) => {
    const { status } = await world.until('CronTask', name, (found) => found?.status?.nextScheduleTime !== undefined)
    return status?.nextScheduleTime
  }
  // Nine in Shanghai, which knows no summer time, is one in UTC.
  expect(await next('daily-vuln-scan')).toMatch(/T01:00:00Z$/)
  expect(await next('triage')).toMatch(/:(00|15|30|45):00Z$/)
  expect(await next('hourly-report')).toMatch(/:00:00Z$/)
  expect(await next('dependency-updates')).toMatch(/T06:00:00Z$/)
  const suspended = await world.until('CronTask', 'release-notes', (found) => found?.status?.conditions !== undefined)
  expect(conditionOf(suspended.status?.conditions, 'Ready')?.reason).toBe('Suspended')
  await world.kubectl('annotate', 'crontask', 'release-notes', 'kubeopencode.io/trigger=true')
  // The annotation goes once what it asked for is on record.
  await world.until(
    'CronTask',
    'release-notes',
    (found) =>
      found?.status?.totalExecutions === 1 && found.metadata.annotations?.['kubeopencode.io/trigger'] === undefined,
  )
  const { namespace } = world
  const labelSelector = `${labels.cronTask}=release-notes`
  const children = (await world.cluster.list('Task', { namespace, labelSelector })).items
  expect(children).toHaveLength(1)
  const child = children[0]?.metadata.name ?? ''
  expect(child).toMatch(/^release-notes-\d{10}$/)
  expect(await ended(child)).toEqual({ phase: 'Completed' })
  await world.until('CronTask', 'release-notes', (found) => found?.status?.lastSuccessfulTime !== undefined)
})

test('cleanup: what has ended goes when the cluster says so', async () => {
  await bring('several-agents')
  expect(await ended('task-with-opencode')).toEqual({ phase: 'Completed' })
  const config = manifestsOf('cron-task-how-many-are-kept').find(({ kind }) => kind === 'KubeOpenCodeConfig')
  try {
    await world.apply({ ...config })
    await world.kubectl('wait', 'task/task-with-opencode', '--for=jsonpath={.status.phase}=Completed', '--timeout=60s')
    await change('kubeopencodeconfig', 'cluster', { cleanup: { ttlSecondsAfterFinished: 1 } })
    await world.until('Task', 'task-with-opencode', (found) => found === undefined)
  } finally {
    await world.kubectl('delete', 'kubeopencodeconfig', 'cluster', '--ignore-not-found')
  }
})
