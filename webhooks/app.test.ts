import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Hint } from '../shared/hint.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import type { ClusterReader } from '../shared/ports.ts'
import { createApp } from './app.ts'
import type { Deps } from './judge.ts'
import { createMemory } from './memory.ts'
import { agentSpec, review, stored } from './samples/reviews.ts'
import type { Hook } from './table.ts'
import { hooks } from './table.ts'

const world = (deps: Partial<Deps> = {}) => {
  const hints: Hint[] = []
  const lines: string[] = []
  const line = (message: string): void => void lines.push(message)
  const app = createApp(hooks, {
    bus: { publish: async (hint) => void hints.push(hint) },
    log: { debug: line, info: line, warn: line, error: line },
    ...deps,
  })
  const post = async (path: string, body: BodyInit | object, headers: Record<string, string> = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, duplex: 'half' }
    return app.request(path, { ...init, body: isRaw ? body : JSON.stringify(body) } as RequestInit)
  }
  const judge = async (path: string, body: object) => {
    const response = await post(path, body)
    expect(response.status).toBe(200)
    return ((await response.json()) as { response: Verdict }).response
  }
  return { app, post, judge, hints, lines }
}

interface Verdict {
  uid: string
  allowed: boolean
  status?: { code: number; reason: string; message: string; details: { causes: object[] } }
  warnings?: string[]
  patch?: string
  patchType?: string
}

const reader = (objects: readonly KubeObject[]): ClusterReader => ({
  get: async ({ kind, namespace, name }) =>
    objects.find(
      ({ kind: other, metadata }) => other === kind && metadata?.namespace === namespace && metadata?.name === name,
    ) as never,
  list: async () => ({ items: [] }),
})

const task = (spec: object, rest: Record<string, unknown> = {}) => stored('Task', 'x', { ...spec }, rest)
const good = task({ agentRef: { name: 'a' } })
const bad = task({})

describe('verdicts', () => {
  test('a patch, as base64 of JSON that holds every letter', async () => {
    const object = task(
      { agentRef: { name: 'a' }, description: 'größer 🚀' },
      { metadata: { labels: { team: 'größe' } } },
    )
    const verdict = await world().judge('/mutate/tasks', review('Task', { object }))
    expect(verdict).toMatchObject({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      patchType: 'JSONPatch',
    })
    expect(JSON.parse(Buffer.from(verdict.patch ?? '', 'base64').toString())).toEqual([
      { op: 'add', path: '/metadata/labels/kubeopencode.io~1agent', value: 'a' },
    ])
  })

  test('no patch where nothing is to change', async () => {
    const object = task({ agentRef: { name: 'a' } }, { metadata: { labels: { 'kubeopencode.io/agent': 'a' } } })
    expect(await world().judge('/mutate/tasks', review('Task', { object }))).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
    })
  })

  test('a refusal, with every fault and its field', async () => {
    const object = task({ description: 1, timeout: 'x', agentRef: { name: 'a' } })
    expect((await world().judge('/validate/tasks', review('Task', { object }))).status).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        'spec.description: must be a text in quotes, but is a number; ' +
        'spec.timeout: must be a duration greater than zero, such as 30s, 5m or 1h30m',
      details: {
        group: 'kubeopencode.io',
        kind: 'Task',
        name: 'x',
        causes: [{ field: 'spec.description' }, { field: 'spec.timeout' }],
      },
    })
  })

  const allowed = [
    { name: 'a good Task', body: review('Task', { object: good }) },
    { name: 'a deletion', body: review('Task', { operation: 'DELETE', oldObject: bad }) },
    {
      name: 'a finalizer of what is being deleted',
      body: review('Task', {
        operation: 'UPDATE',
        object: task({ bad: 1 }),
        oldObject: task({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      }),
    },
    {
      name: 'a status',
      body: review('Task', { operation: 'UPDATE', subResource: 'status', object: bad, oldObject: good }),
    },
    {
      name: 'a change of metadata alone',
      body: review('Task', { operation: 'UPDATE', object: task({}, { metadata: { labels: {} } }), oldObject: bad }),
    },
  ]
  test.each(allowed)('$name is allowed', async ({ body }) => {
    expect(await world().judge('/validate/tasks', body)).toMatchObject({ allowed: true })
    expect(await world().judge('/mutate/tasks', body)).toMatchObject({ allowed: true })
  })

  test('who asks makes no difference, and neither does a dry run', async () => {
    const body = review('Task', { object: bad })
    const userInfo = { username: 'system:serviceaccount:kubeopencode-system:kubeopencode-controller' }
    const { judge } = world()
    const plain = await judge('/validate/tasks', body)
    expect(plain.allowed).toBe(false)
    expect(await judge('/validate/tasks', { ...body, request: { ...body.request, userInfo } })).toEqual(plain)
    expect(await judge('/validate/tasks', { ...body, request: { ...body.request, dryRun: true } })).toEqual(plain)
  })
})

describe('warnings about other objects', () => {
  const object = task({ agentRef: { name: 'a' } })

  test('an Agent that does not exist', async () => {
    const { warnings } = await world({ reader: reader([]) }).judge('/validate/tasks', review('Task', { object }))
    expect(warnings).toEqual(['spec.agentRef.name: Agent a does not exist: create it or name another'])
  })

  test('an Agent that is suspended', async () => {
    const agent = stored('Agent', 'a', { ...agentSpec, suspend: true })
    const { warnings } = await world({ reader: reader([agent]) }).judge('/validate/tasks', review('Task', { object }))
    expect(warnings).toEqual(['spec.agentRef.name: Agent a is suspended: the Task waits until spec.suspend is false'])
  })

  test('an Agent that is there', async () => {
    const there = reader([stored('Agent', 'a', agentSpec)])
    expect(await world({ reader: there }).judge('/validate/tasks', review('Task', { object }))).not.toHaveProperty(
      'warnings',
    )
  })

  test('an Agent of many Tasks is read once, one that there is something to say of each time', async () => {
    const read: string[] = []
    const there = reader([stored('Agent', 'a', agentSpec)])
    const counting: ClusterReader = { ...there, get: (ref) => (read.push(ref.name), there.get(ref)) }
    const { judge } = world({ reader: counting, memory: createMemory(() => Date.parse('2100-01-01T00:00:00Z')) })
    for (const name of ['a', 'a', 'b', 'b'])
      await judge('/validate/tasks', review('Task', { object: task({ agentRef: { name } }) }))
    expect(read).toEqual(['a', 'b', 'b'])
  })

  test('what an Agent needs; Secrets only where they may be read', async () => {
    const agent = stored('Agent', 'a', {
      ...agentSpec,
      templateRef: { name: 't' },
      contexts: [{ configMap: { name: 'rules', key: 'missing' } }, { configMap: { name: 'maybe', optional: true } }],
      credentials: [{ name: 'c', secretRef: { name: 's', key: 'token' }, env: 'TOKEN' }],
    })
    const rules = { kind: 'ConfigMap', metadata: { name: 'rules', namespace: 'default' }, data: { other: '' } }
    const usual = [
      'spec.templateRef.name: AgentTemplate t does not exist: create it or name another',
      'spec.serviceAccountName: ServiceAccount agent does not exist: create it, because Pods cannot start without it',
      'spec.contexts[0].configMap.key: key missing of ConfigMap rules does not exist: add it or name another',
    ]
    const body = review('Agent', { object: agent })
    expect((await world({ reader: reader([rules]) }).judge('/validate/agents', body)).warnings).toEqual(usual)
    const everything = world({
      reader: reader([rules]),
      askedKinds: ['AgentTemplate', 'ServiceAccount', 'ConfigMap', 'Secret'],
    })
    expect((await everything.judge('/validate/agents', body)).warnings).toEqual([
      ...usual,
      'spec.credentials[0].secretRef.name: Secret s does not exist: create it',
    ])
  })

  test('a reader that fails or hangs costs the warnings and half a second, not the answer', async () => {
    const failing: ClusterReader = { ...reader([]), get: async () => Promise.reject(new Error('forbidden')) }
    const hanging: ClusterReader = { ...reader([]), get: () => new Promise(() => {}) }
    for (const broken of [failing, hanging]) {
      const started = performance.now()
      const verdict = await world({ reader: broken }).judge('/validate/tasks', review('Task', { object }))
      expect(verdict).toEqual({ uid: expect.any(String), allowed: true })
      expect(performance.now() - started).toBeLessThan(4_000)
    }
  })
})

describe('hints', () => {
  const labels = { 'kubeopencode.io/agent': 'a', 'kubeopencode.io/task': 't' }
  const ref = { kind: 'Task', namespace: 'default', name: 'x' }
  const settings = { kind: 'KubeOpenCodeConfig', name: 'cluster' }
  const cases = [
    {
      name: 'a create: what it waits for has no version before',
      path: '/observe/tasks',
      body: review('Task', { object: { ...good, metadata: { name: 'x', namespace: 'default' } } }),
      want: [{ key: ref, cause: { ref, operation: 'CREATE' }, ahead: [settings] }],
    },
    {
      name: 'an update: the version it replaces',
      path: '/observe/tasks',
      body: review('Task', { operation: 'UPDATE', object: good, oldObject: good }),
      want: [{ key: ref, cause: { ref, operation: 'UPDATE', resourceVersion: '41' } }],
    },
    {
      name: 'a deletion, of something no schema knows',
      path: '/observe/tasks',
      body: review('Task', { operation: 'DELETE', oldObject: task({ odd: 1 }, { metadata: { labels } }) }),
      want: [
        {
          key: ref,
          cause: { ref, operation: 'DELETE', resourceVersion: '41' },
          ahead: [{ kind: 'Agent', namespace: 'default', name: 'a' }],
        },
        { key: { ...ref, kind: 'Agent', name: 'a' }, cause: { ref, operation: 'DELETE', resourceVersion: '41' } },
      ],
    },
    {
      name: 'the status of a Pod',
      path: '/observe/pods',
      body: review('Pod', {
        operation: 'UPDATE',
        subResource: 'status',
        object: stored('Pod', 't-pod', {}, { metadata: { labels: { ...labels, 'kubeopencode.io/served-by': 'b' } } }),
        oldObject: stored('Pod', 't-pod', {}, { metadata: { labels } }),
      }),
      want: [
        {
          key: { ...ref, name: 't' },
          cause: { ref: { ...ref, kind: 'Pod', name: 't-pod' }, operation: 'UPDATE', resourceVersion: '41' },
          ahead: [{ kind: 'Agent', namespace: 'default', name: 'b' }],
        },
      ],
    },
    { name: 'a dry run', path: '/observe/tasks', body: review('Task', { object: good, dryRun: true }), want: [] },
    {
      name: 'an object that has no name yet',
      path: '/observe/tasks',
      body: review('Task', { object: { ...good, metadata: { generateName: 'x-' } } }),
      want: [],
    },
    {
      name: 'metadata that makes no sense',
      path: '/observe/tasks',
      body: review('Task', { object: { metadata: { name: 'x', namespace: 'default', labels: [7] } } }),
      want: [{ key: ref, cause: { ref, operation: 'CREATE' }, ahead: [settings] }],
    },
  ]
  test.each(cases)('$name', async ({ path, body, want }) => {
    const { judge, hints } = world()
    expect(await judge(path, body)).toMatchObject({ allowed: true })
    expect(hints).toEqual(want)
  })

  test('a bus that throws or hangs refuses nothing', async () => {
    const body = review('Task', { object: good })
    const throwing = world({
      bus: {
        publish: () => {
          throw new Error('full')
        },
      },
    })
    expect(await throwing.judge('/observe/tasks', body)).toMatchObject({ allowed: true })
    expect(throwing.lines).toEqual(['a hint was not published'])

    const hanging = world({ bus: { publish: () => new Promise(() => {}) } })
    const started = performance.now()
    expect(await hanging.judge('/observe/tasks', body)).toMatchObject({ allowed: true })
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(hanging.lines).toEqual(['a hint was not published'])
  })
})

describe('what is no review', () => {
  const limit = 7 * 1024 * 1024
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
    })
  const stuck = () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) })
  const valid = review('Task', { object: good })
  const cases: { name: string; body: () => BodyInit | object; headers?: Record<string, string>; want: number }[] = [
    { name: 'nothing', body: () => '', want: 400 },
    { name: 'no JSON', body: () => '{"kind":', want: 400 },
    { name: 'a number', body: () => '1e400', want: 400 },
    { name: 'null', body: () => 'null', want: 400 },
    { name: 'a list', body: () => '[]', want: 400 },
    { name: 'another kind', body: () => ({ ...valid, kind: 'Pod' }), want: 400 },
    { name: 'an older version', body: () => ({ ...valid, apiVersion: 'admission.k8s.io/v1beta1' }), want: 400 },
    { name: 'no request', body: () => ({ ...valid, request: undefined }), want: 400 },
    { name: 'no object', body: () => review('Task', {}), want: 400 },
    { name: 'an object that is a list', body: () => review('Task', { object: [] }), want: 400 },
    { name: 'an update of nothing', body: () => review('Task', { operation: 'UPDATE', object: good }), want: 400 },
    {
      name: 'an operation that is none of ours',
      body: () => review('Task', { operation: 'CONNECT', object: good }),
      want: 400,
    },
    { name: 'no uid', body: () => ({ ...valid, request: { ...valid.request, uid: '' } }), want: 400 },
    { name: 'gzip', body: () => gzipSync(JSON.stringify(valid)), headers: { 'content-encoding': 'gzip' }, want: 400 },
    { name: 'another content type', body: () => valid, headers: { 'content-type': 'text/plain' }, want: 415 },
    {
      name: 'a byte too many',
      body: () => ' '.repeat(limit + 1),
      headers: { 'content-length': String(limit + 1) },
      want: 413,
    },
    { name: 'a length that is no number', body: () => valid, headers: { 'content-length': 'x' }, want: 413 },
    { name: 'chunks without end', body: endless, headers: { 'transfer-encoding': 'chunked' }, want: 413 },
    { name: 'a body that never comes', body: stuck, want: 408 },
  ]
  test.each(cases)('$name', async ({ body, headers, want }) => {
    const response = await world().post('/validate/tasks', body(), headers)
    expect({ status: response.status, text: await response.text() }).toEqual({
      status: want,
      text: expect.stringMatching(/^[\x20-\x7e]+$/),
    })
  })

  test('a review in chunks is read', async () => {
    const chunks = new Blob([JSON.stringify(valid)]).stream()
    expect((await world().post('/validate/tasks', chunks)).status).toBe(200)
  })

  test('nobody is home elsewhere', async () => {
    expect((await world().app.request('/validate/tasks')).status).toBe(404)
    expect((await world().post('/validate/pods', valid)).status).toBe(404)
  })

  test('a fault of ours is a 500 without a stack', async () => {
    const lines: string[] = []
    const line = (message: string): void => void lines.push(message)
    const broken = hooks.map((hook) => ({
      ...hook,
      mutate: () => {
        throw new Error('secret detail')
      },
    }))
    const app = createApp(broken, {
      bus: { publish: async () => {} },
      log: { debug: line, info: line, warn: line, error: line },
    })
    const response = await app.request('/mutate/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(valid),
    })
    expect({ status: response.status, text: await response.text() }).toEqual({
      status: 500,
      text: 'the hook failed; its log says more',
    })
    expect(lines).toEqual(['a hook failed'])
  })
})

describe('what is told of a review', () => {
  const told = async (path: string, body: object) => {
    const judged: string[] = []
    const { post } = world({
      onJudged: ({ hook, operation, outcome, seconds }) => {
        expect(seconds).toBeGreaterThanOrEqual(0)
        judged.push(`${operation} ${hook} ${outcome}`)
      },
    })
    await post(path, body)
    return judged
  }
  const broken: Hook = {
    type: 'mutate',
    kind: 'Task',
    path: '/mutate/broken',
    operations: ['CREATE'],
    subresources: [],
    failurePolicy: 'Fail',
    timeoutSeconds: 1,
    mutate: () => {
      throw new Error('a bug')
    },
  }

  test.each([
    { path: '/mutate/tasks', object: good, want: ['CREATE /mutate/tasks allowed'] },
    { path: '/validate/tasks', object: good, want: ['CREATE /validate/tasks allowed'] },
    { path: '/validate/tasks', object: bad, want: ['CREATE /validate/tasks refused'] },
    { path: '/observe/tasks', object: bad, want: ['CREATE /observe/tasks allowed'] },
  ])('$want', async ({ path, object, want }) => {
    expect(await told(path, review('Task', { object }))).toEqual(want)
  })

  test('a bug is a failure', async () => {
    const judged: string[] = []
    const quiet = () => {}
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
    const onJudged: Deps['onJudged'] = ({ hook, outcome }) => void judged.push(`${hook} ${outcome}`)
    const app = createApp([broken], { bus: { publish: async () => {} }, log, onJudged })
    const body = JSON.stringify(review('Task', { object: good }))
    const headers = { 'content-type': 'application/json' }
    expect((await app.request('/mutate/broken', { method: 'POST', headers, body })).status).toBe(500)
    expect(judged).toEqual(['/mutate/broken failed'])
  })

  test('what is no review was not judged', async () => {
    expect(await told('/validate/tasks', { kind: 'Task' })).toEqual([])
  })
})

describe('any JSON in any field of a spec', () => {
  const specs = {
    tasks: ['Task', ['description', 'agentRef', 'templateRef', 'contexts', 'timeout']],
    agents: [
      'Agent',
      [
        'templateRef',
        'profile',
        'agentImage',
        'command',
        'workspaceDir',
        'contexts',
        'skills',
        'plugins',
        'credentials',
        'imagePullSecrets',
        'config',
        'podSpec',
        'maxConcurrentTasks',
        'quota',
        'caBundle',
        'proxy',
        'port',
        'extraPorts',
        'persistence',
        'suspend',
        'standby',
      ],
    ],
    agenttemplates: ['AgentTemplate', ['workspaceDir', 'serviceAccountName', 'contexts', 'caBundle', 'proxy']],
    crontasks: [
      'CronTask',
      ['schedule', 'timeZone', 'concurrencyPolicy', 'suspend', 'maxRetainedTasks', 'taskTemplate'],
    ],
    kubeopencodeconfigs: ['KubeOpenCodeConfig', ['clusterDomain', 'systemImage', 'proxy', 'cleanup', 'security']],
  } as const
  const values = ['null', '[]', '{}', '[[]]', '{"name":null}', '1', '-1', '1e400', '0.5', '""', '"x"', 'true']

  test.each(Object.entries(specs))('%s', async (plural, [kind, fields]) => {
    const { post } = world()
    for (const field of fields)
      for (const value of values) {
        const body = JSON.stringify(review(kind, { object: stored(kind, 'x', {}) })).replace(
          '"spec":{}',
          `"spec":{"${field}":${value}}`,
        )
        for (const door of ['mutate', 'validate', 'observe']) {
          const response = await post(`/${door}/${plural}`, body)
          expect(response.status).toBe(200)
          const { response: verdict } = (await response.json()) as { response: Verdict }
          expect(verdict.allowed ? 200 : verdict.status?.code).toBe(verdict.allowed ? 200 : 422)
        }
      }
  })
})
