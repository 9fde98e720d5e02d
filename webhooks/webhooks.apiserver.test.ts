import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificatesOf } from '../infra/certificates/held.ts'
import { issueAuthority, issueServing } from '../infra/certificates/issue.ts'
import { createKeeper } from '../infra/certificates/keeper.ts'
import { identify } from '../infra/cluster/identity.ts'
import { connect } from '../infra/cluster/undici.ts'
import type { Send } from '../infra/cluster/rest.ts'
import { createCluster, pathOf, sender } from '../infra/cluster/rest.ts'
import { WEBHOOK_SECRET } from '../infra/generate/installation.ts'
import type { Cluster as LocalCluster } from '../infra/local/cluster.ts'
import { startCluster } from '../infra/local/cluster.ts'
import type { HttpsServer } from '../infra/node/serve.ts'
import { serveHttps } from '../infra/node/serve.ts'
import type { Hint } from '../shared/hint.ts'
import { keyText } from '../shared/hint.ts'
import type { Kind, KubeObject } from '../shared/kubernetes.ts'
import { resources } from '../shared/kubernetes.ts'
import type { Clock, Cluster } from '../shared/ports.ts'
import { patientHooks } from '../test/builders/patient-hooks.ts'
import { createApp } from './app.ts'
import { mutatingConfiguration, mutatingName, validatingConfiguration, validatingName } from './configurations.ts'
import { agentSpec } from './samples/reviews.ts'
import { hooks } from './table.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubeopencode-webhooks-'))
const clock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}
const hour = 3_600_000
const day = 24 * hour
/** The keeper's clock, behind ours by so much that three steps of a renewal fit in between. */
let certificateTime = Date.now() - 3 * hour
const hints: Hint[] = []
const trouble: string[] = []
let local: LocalCluster
let server: HttpsServer
let cluster: Cluster
let send: Send
let keep: ReturnType<typeof createKeeper>

const kubectl = (...args: string[]): string =>
  execFileSync(local.kubectl, ['--kubeconfig', local.kubeconfig, ...args], { encoding: 'utf8' })

interface Answer {
  readonly status: number
  readonly body: KubeObject & {
    readonly message?: string
    readonly details?: { readonly causes?: { field: string }[] }
  }
  readonly warnings: string
}

const answerOf = async (response: Awaited<ReturnType<Send>>): Promise<Answer> => ({
  status: response.status,
  body: (await response.json()) as Answer['body'],
  warnings: response.headers.get('warning') ?? '',
})

const object = (kind: Kind, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: resources[kind].apiVersion,
  kind,
  metadata: { name, ...metadata },
  spec,
})

const create = async (kind: Kind, name: string, spec: object, metadata?: object, query = ''): Promise<Answer> =>
  answerOf(await send('POST', `${pathOf(kind, 'default')}${query}`, { body: object(kind, name, spec, metadata) }))

const patch = async (kind: Kind, name: string, body: object, subresource = ''): Promise<Answer> =>
  answerOf(
    await send('PATCH', `${pathOf(kind, 'default', name)}${subresource}`, {
      body,
      contentType: 'application/merge-patch+json',
    }),
  )

const remove = async (kind: Kind, name: string): Promise<Answer> =>
  answerOf(await send('DELETE', pathOf(kind, 'default', name)))

/** An authority past two thirds of its ten years, and what it signed a month ago. */
const oldCertificates = async (names: readonly string[]) => {
  const authority = await issueAuthority(new Date(certificateTime - 2500 * day))
  return { authority, serving: await issueServing(authority, names, new Date(certificateTime - 30 * day)) }
}

/** Polls, because the apiserver learns of new configurations and CRDs by itself. */
const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = performance.now() + 120_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('this did not become true within 120 s')
    await clock.sleep(50)
  }
}

beforeAll(async () => {
  local = await startCluster({ dir, node: false, bare: true, tmpfs: true, name: 'webhooks' })
  const connection = connect(await identify({ kubeconfig: local.kubeconfig }), 'webhooks-test')
  send = sender(connection)
  cluster = createCluster(connection)
  const line = (message: string): void => void trouble.push(message)
  const app = createApp(hooks, {
    bus: { publish: async (hint) => void hints.push(hint) },
    log: { debug: () => {}, info: () => {}, warn: line, error: line },
    reader: cluster,
  })
  const names = [local.hostAddress]
  const { authority, serving } = await oldCertificates(names)
  server = await serveHttps({
    // A new connection for each review, so that each one meets the certificate of its moment.
    fetch: async (request) => {
      const response = await app.fetch(request)
      response.headers.set('connection', 'close')
      return response
    },
    certificates: serving,
    port: 0,
    hostname: local.hostAddress,
  })

  kubectl('apply', '--server-side', '-f', join(import.meta.dirname, '../crds/generated'))
  kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s')
  kubectl('create', 'namespace', 'kubeopencode-system')
  await cluster.create({
    ...object('Secret', WEBHOOK_SECRET, {}, { namespace: 'kubeopencode-system' }),
    data: {
      'ca.crt': btoa(authority.certificate),
      'ca.key': btoa(authority.key),
      'tls.crt': btoa(serving.certificate),
      'tls.key': btoa(serving.key),
    },
  } as KubeObject)
  const reach = { url: `https://${local.hostAddress}:${server.port}` }
  await cluster.create(mutatingConfiguration(patientHooks, { reach }))
  await cluster.create(validatingConfiguration(patientHooks, { reach }))
  keep = createKeeper({
    cluster,
    clock: { ...clock, now: () => new Date(certificateTime) },
    namespace: 'kubeopencode-system',
    names,
    configurations: [
      { kind: 'MutatingWebhookConfiguration', name: mutatingName },
      { kind: 'ValidatingWebhookConfiguration', name: validatingName },
    ],
  })
  server.reload(await keep())
  await until(
    async () => (await create('Task', 'ready', { agentRef: { name: 'a' } }, {}, '?dryRun=All')).status === 201,
  )
  await create('ServiceAccount', 'agent', {})
}, 1_200_000)

afterAll(async () => {
  await server?.close(0)
  await local?.stop()
  rmSync(dir, { recursive: true, force: true })
})

beforeEach(() => {
  hints.length = 0
})

/** Each once: an apiserver whose cache is a version behind asks about the same request again. */
const keys = (): string[] => [...new Set(hints.map(({ key }) => keyText(key)))]

describe('what is refused', () => {
  const context = (item: object) => ({ agentRef: { name: 'a' }, contexts: [item] })
  const cases: { name: string; kind: Kind; spec: object; as?: string; says: string[] }[] = [
    {
      name: 'a Task without a reference',
      kind: 'Task',
      spec: { description: 'x' },
      says: ['either agentRef or templateRef must be specified'],
    },
    {
      name: 'a Task with both',
      kind: 'Task',
      spec: { agentRef: { name: 'a' }, templateRef: { name: 't' } },
      says: ['only one of agentRef or templateRef can be specified'],
    },
    {
      name: 'a wrong type',
      kind: 'Task',
      spec: { agentRef: { name: 'a' }, description: 7 },
      says: ['spec.description'],
    },
    {
      name: 'an Agent without a workspace',
      kind: 'Agent',
      spec: { serviceAccountName: 'agent' },
      says: ['spec.workspaceDir', 'is required'],
    },
    {
      name: 'a name of 64 characters',
      kind: 'Task',
      as: 'x'.repeat(64),
      spec: { agentRef: { name: 'a' } },
      says: ['at most 63 characters'],
    },
    {
      name: 'a path that leaves the workspace',
      kind: 'Task',
      spec: context({ text: 'x', mountPath: 'a/../../b' }),
      says: ['spec.contexts[0].mountPath', "must not contain '..'"],
    },
    {
      name: 'a setuid file',
      kind: 'Task',
      spec: context({ text: 'x', mountPath: 'a', fileMode: 0o4777 }),
      says: ['spec.contexts[0].fileMode', '511'],
    },
    {
      name: 'a configuration that is no JSON',
      kind: 'Agent',
      spec: { ...agentSpec, config: '{"model": }' },
      says: ['spec.config', 'line 1, column 11: expected a value'],
    },
    {
      name: 'a schedule that never fires',
      kind: 'CronTask',
      spec: { schedule: '0 0 30 2 *', taskTemplate: { spec: { agentRef: { name: 'a' } } } },
      says: ['spec.schedule', 'can never fire'],
    },
    {
      name: 'an unknown zone',
      kind: 'CronTask',
      spec: { schedule: '0 0 * * *', timeZone: 'Europe/Atlantis', taskTemplate: { spec: { agentRef: { name: 'a' } } } },
      says: ['spec.timeZone', 'Europe/Berlin'],
    },
  ]
  test.each(cases)('$name', async ({ kind, spec, as = 'refused', says }) => {
    const { status, body } = await create(kind, as, spec)
    expect(status).toBe(422)
    for (const part of says) expect(body.message).toContain(part)
    expect(body.details?.causes?.length).toBeGreaterThan(0)
  })

  test('an unknown field, by the strict validation that kubectl asks for', async () => {
    const answer = await create('Task', 'x', { agentRef: { name: 'a' }, colour: 'red' }, {}, '?fieldValidation=Strict')
    expect(answer.status).toBe(400)
    expect(answer.body.message).toContain('unknown field "spec.colour"')
  })

  test('in words that kubectl shows', async () => {
    const told = new Promise<string>((resolve) => {
      // Not execFileSync: the hooks are served by this very process.
      const asked = execFile(
        local.kubectl,
        ['--kubeconfig', local.kubeconfig, 'apply', '-f', '-'],
        (_error, _out, errors) => resolve(errors),
      )
      asked.stdin?.end(JSON.stringify(object('Agent', 'bad', { ...agentSpec, config: '[]' })))
    })
    expect(await told).toBe(
      'The Agent "bad" is invalid: spec.config: must be a JSON object, such as {"model": "provider/model"}\n',
    )
  })
})

describe('what is let in', () => {
  test('a Task whose Agent does not exist, with a warning, a label and the types of its contexts', async () => {
    const { status, body, warnings } = await create(
      'Task',
      'lonely',
      { agentRef: { name: 'nobody' }, contexts: [{ text: 'x' }] },
      { labels: { 'kubeopencode.io/task': 'mine', team: 'x' } },
    )
    expect(status).toBe(201)
    expect(warnings).toContain('spec.agentRef.name: Agent nobody does not exist')
    expect(body.metadata?.labels).toEqual({ team: 'x', 'kubeopencode.io/agent': 'nobody' })
    expect(body).toMatchObject({ spec: { contexts: [{ type: 'Text', text: 'x' }] } })
    expect(keys()).toEqual(['Task/default/lonely'])
    expect(hints[0]?.cause).toEqual({
      ref: { kind: 'Task', namespace: 'default', name: 'lonely' },
      operation: 'CREATE',
    })
  })

  test('an Agent in our own namespace gets its defaults too', async () => {
    const agent = object('Agent', 'team', {
      ...agentSpec,
      proxy: { noProxy: 'a' },
      caBundle: { secretRef: { name: 'ca' } },
    })
    const { status, body, warnings } = await answerOf(
      await send('POST', pathOf('Agent', 'kubeopencode-system'), { body: agent }),
    )
    expect(status).toBe(201)
    expect(warnings).toContain('ServiceAccount agent does not exist')
    expect(body).toMatchObject({
      spec: { proxy: { noProxy: 'a,.svc,.cluster.local' }, caBundle: { secretRef: { key: 'ca.crt' } } },
    })
    expect(keys()).toEqual(['Agent/kubeopencode-system/team'])
  })

  test('the settings of the cluster', async () => {
    const config = object('KubeOpenCodeConfig', 'cluster', { clusterDomain: 'k8s.corp', proxy: { noProxy: 'a' } })
    const { status, body } = await answerOf(await send('POST', pathOf('KubeOpenCodeConfig'), { body: config }))
    expect(status).toBe(201)
    expect(body).toMatchObject({ spec: { proxy: { noProxy: 'a,.svc,.k8s.corp' } } })
    expect(keys()).toEqual(['KubeOpenCodeConfig//cluster'])
  })

  test('a Task whose name the apiserver makes: the hint carries the name', async () => {
    const { metadata, ...task } = object('Task', '', { agentRef: { name: 'a' } })
    expect(metadata.name).toBe('')
    const made = await answerOf(
      await send('POST', pathOf('Task', 'default'), { body: { ...task, metadata: { generateName: 'made-' } } }),
    )
    expect(made.status).toBe(201)
    expect(keys()).toEqual([`Task/default/${made.body.metadata?.name}`])
  })
})

describe('hints', () => {
  test('none of a dry run', async () => {
    const { status, body } = await create('Task', 'dry', { agentRef: { name: 'a' } }, {}, '?dryRun=All')
    expect(status).toBe(201)
    expect(body.metadata?.labels).toEqual({ 'kubeopencode.io/agent': 'a' })
    expect(hints).toEqual([])
  })

  test('an update names the version it replaces, a deletion wakes the Agent', async () => {
    const before = (await create('Task', 'changing', { agentRef: { name: 'a' } })).body.metadata?.resourceVersion
    await patch('Task', 'changing', { metadata: { annotations: { 'kubeopencode.io/stop': 'true' } } })
    expect(hints.at(-1)?.cause).toMatchObject({ operation: 'UPDATE', resourceVersion: before })
    hints.length = 0
    expect((await remove('Task', 'changing')).status).toBe(200)
    expect(keys()).toEqual(['Task/default/changing', 'Agent/default/a'])
  })

  test('a collection that is deleted at once', async () => {
    await create('Task', 'one', { agentRef: { name: 'a' } }, { labels: { batch: '1' } })
    await create('Task', 'two', { agentRef: { name: 'a' } }, { labels: { batch: '1' } })
    hints.length = 0
    await send('DELETE', `${pathOf('Task', 'default')}?labelSelector=batch%3D1`)
    expect(keys()).toEqual(expect.arrayContaining(['Task/default/one', 'Task/default/two', 'Agent/default/a']))
  })

  test('what becomes of a Pod with our label, its status too, and of no other', async () => {
    const pod = { containers: [{ name: 'x', image: 'x' }], nodeName: 'n', terminationGracePeriodSeconds: 0 }
    await create('Pod', 'ours', pod, { labels: { 'kubeopencode.io/task': 't' } })
    await create('Pod', 'theirs', pod)
    await patch('Pod', 'ours', { status: { phase: 'Succeeded' } }, '/status')
    await patch('Pod', 'theirs', { status: { phase: 'Succeeded' } }, '/status')
    await remove('Pod', 'ours')
    const seen = hints.filter(({ cause }) => cause?.ref.kind === 'Pod')
    expect(seen.map(({ key, cause }) => [keyText(key), cause?.ref.name])).toEqual(
      seen.map(() => ['Task/default/t', 'ours']),
    )
    const operations = new Set(seen.map(({ cause }) => cause?.operation))
    // Who makes a Pod needs not be told.
    expect(operations).toEqual(new Set(['DELETE', 'UPDATE']))
  })

  const running = { state: { running: { startedAt: '2026-01-01T00:00:00Z' } }, ready: true, started: true }
  const ended = (exitCode: number) => ({ state: { terminated: { exitCode } } })
  const waiting = (reason: string) => ({ state: { waiting: { reason } } })
  const one = (name: string, state: object) => ({
    name,
    image: 'x',
    imageID: '',
    restartCount: 0,
    ready: false,
    ...state,
  })
  const statusOf = (phase: string, main?: object, init?: object) => ({
    phase,
    ...(main && { containerStatuses: [one('agent', main)] }),
    ...(init && { initContainerStatuses: [one('git-init', init)] }),
  })
  const scheduled = (status: string) => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status, reason: 'Unschedulable' }],
  })
  const preparing = waiting('PodInitializing')
  const quiet: readonly [string, object, object][] = [
    ['is scheduled', { phase: 'Pending' }, scheduled('True')],
    ['begins to prepare', scheduled('True'), statusOf('Pending', preparing, waiting('PodInitializing'))],
    ['has prepared', statusOf('Pending', preparing, running), statusOf('Pending', preparing, ended(0))],
    ['runs', statusOf('Pending', waiting('ContainerCreating'), ended(0)), statusOf('Running', running, ended(0))],
    ['has no status yet', statusOf('Pending'), statusOf('Running')],
    ['waits and does not say for what', statusOf('Pending'), statusOf('Pending', { state: { waiting: {} } })],
  ]
  const loud: readonly [string, object, object][] = [
    ['finds no node', { phase: 'Pending' }, scheduled('False')],
    ['finds one at last', scheduled('False'), scheduled('True')],
    ['cannot pull', statusOf('Pending', preparing), statusOf('Pending', waiting('ImagePullBackOff'))],
    ['can pull at last', statusOf('Pending', waiting('ErrImagePull')), statusOf('Running', running)],
    ['fails to prepare', statusOf('Pending', preparing, running), statusOf('Pending', preparing, ended(1))],
    ['has ended', statusOf('Running', running), statusOf('Running', ended(0))],
    ['has failed', statusOf('Running', running), statusOf('Running', ended(137))],
    ['is done', statusOf('Running', running), statusOf('Succeeded', ended(0))],
    ['is evicted', statusOf('Running', running), { phase: 'Failed', reason: 'Evicted' }],
    ['is on a lost node', statusOf('Running', running), statusOf('Unknown', running)],
  ]
  let pods = 0
  /** How many observers hear of it when the status of a Pod goes from one to another. */
  const heardOf = async (label: string, before: object, after: object, container: object = {}): Promise<number> => {
    const name = `pod-${(pods += 1)}`
    const spec = { containers: [{ name: 'agent', image: 'x', ...container }], nodeName: 'n' }
    await create('Pod', name, spec, { labels: { [label]: 'x' } })
    const first = await patch('Pod', name, { status: before }, '/status')
    expect(first.status, first.body.message).toBe(200)
    const { resourceVersion } = first.body.metadata!
    hints.length = 0
    const { status, body } = await patch('Pod', name, { status: after }, '/status')
    expect(status, body.message).toBe(200)
    // A cache of the apiserver that is behind has it ask about an older version first, and then again.
    return hints.filter(({ cause }) => cause?.resourceVersion === resourceVersion).length
  }

  test.each(quiet)('no Pod that %s as every Pod does', async (_, before, after) => {
    expect(await heardOf('kubeopencode.io/task', before, after)).toBe(0)
    expect(await heardOf('kubeopencode.io/agent', before, after)).toBe(0)
  })

  test.each(loud)('a Pod that %s', async (_, before, after) => {
    expect(await heardOf('kubeopencode.io/task', before, after)).toBe(1)
    expect(await heardOf('kubeopencode.io/agent', before, after)).toBe(1)
  })

  test('a Pod that says by its readiness whether its agent waits, and one that is told to go', async () => {
    const readinessProbe = { httpGet: { path: '/asking', port: 4097 } }
    const [well, asking] = [statusOf('Running', running), statusOf('Running', { ...running, ready: false })]
    expect(await heardOf('kubeopencode.io/task', well, asking, { readinessProbe })).toBe(1)
    expect(await heardOf('kubeopencode.io/agent', well, asking, { readinessProbe })).toBe(0)
    expect(await heardOf('kubeopencode.io/task', well, well)).toBe(0)
    hints.length = 0
    await remove('Pod', `pod-${pods}`)
    expect(keys()).toContain('Task/default/x')
  })

  test('a Deployment with our label, its status too', async () => {
    const labels = { 'kubeopencode.io/agent': 'a' }
    const spec = {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x' }] } },
    }
    await create('Deployment', 'a-server', spec, { labels })
    hints.length = 0
    await patch('Deployment', 'a-server', { status: { observedGeneration: 7 } }, '/status')
    expect(keys()).toEqual(expect.arrayContaining(['Agent/default/a']))
  })

  test('none of the status of our own kinds: whoever writes it wakes by itself', async () => {
    await create('Task', 'told', { agentRef: { name: 'a' } })
    hints.length = 0
    expect((await patch('Task', 'told', { status: { phase: 'Running' } }, '/status')).status).toBe(200)
    expect(hints).toEqual([])
    const changed = await patch('Task', 'told', { spec: { description: 'another' } })
    expect(changed.status).toBe(422)
    expect(changed.body.message).toContain('description is immutable once the Task has left the queue')
  })
})

test('what a later rule refuses can still lose its finalizer and go', async () => {
  const validating = JSON.parse(
    kubectl('get', 'validatingwebhookconfiguration', validatingName, '-o', 'json'),
  ) as object
  kubectl('delete', 'validatingwebhookconfiguration', validatingName)
  const broken = object('Agent', 'broken', { ...agentSpec, config: '{' }, { finalizers: ['example.com/hold'] })
  await until(async () => (await send('POST', pathOf('Agent', 'default'), { body: broken })).status === 201)
  const { resourceVersion: _, uid: __, ...metadata } = (validating as KubeObject).metadata as Record<string, unknown>
  await cluster.create({ ...validating, metadata })
  await until(async () => (await create('Agent', 'x', { ...agentSpec, config: '{' }, {}, '?dryRun=All')).status === 422)

  expect((await patch('Agent', 'broken', { metadata: { labels: { a: 'b' } } })).status).toBe(200)
  expect((await patch('Agent', 'broken', { spec: { suspend: true } })).status).toBe(200)
  expect((await remove('Agent', 'broken')).status).toBe(200)
  expect((await patch('Agent', 'broken', { metadata: { finalizers: null } })).status).toBe(200)
  await until(async () => (await cluster.get({ kind: 'Agent', namespace: 'default', name: 'broken' })) === undefined)
})

test('authority and certificate are replaced while objects are written', async () => {
  const bundleSize = async (): Promise<number> => {
    const found = await cluster.get({ kind: 'ValidatingWebhookConfiguration', name: validatingName })
    return certificatesOf(atob(found?.webhooks?.[0]?.clientConfig.caBundle ?? '')).length
  }
  const done = new AbortController()
  const codes: number[] = []
  const writing = (async () => {
    while (!done.signal.aborted)
      codes.push((await create('Task', 'under-way', { agentRef: { name: 'a' } }, {}, '?dryRun=All')).status)
  })()
  const someAreWritten = async (): Promise<void> => {
    const before = codes.length
    await until(() => codes.length >= before + 10)
  }
  await someAreWritten()
  expect(await bundleSize()).toBe(2)
  const before = await keep()

  certificateTime += 1.1 * hour
  const signedByNew = await keep()
  expect(signedByNew).not.toEqual(before)
  server.reload(signedByNew)
  await someAreWritten()

  certificateTime += 1.1 * hour
  expect(await keep()).toEqual(signedByNew)
  expect(await bundleSize()).toBe(1)
  await someAreWritten()

  done.abort()
  await writing
  expect(new Set(codes)).toEqual(new Set([201]))
})

test('nothing of all this was trouble', () => {
  expect(trouble).toEqual([])
})
