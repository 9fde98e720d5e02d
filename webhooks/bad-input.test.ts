import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OwnKind } from '../shared/kubernetes.ts'
import { resources } from '../shared/kubernetes.ts'
import type { ClusterReader } from '../shared/ports.ts'
import { createApp } from './app.ts'
import { rows } from './bad-input/index.ts'
import type { Input, Row } from './bad-input/row.ts'
import { closedSecurity } from './bad-input/row.ts'
import { meddled } from './samples/meddled.ts'
import { agentSpec, review, stored } from './samples/reviews.ts'
import { hooks } from './table.ts'

interface Answer {
  readonly allowed: boolean
  readonly status?: {
    readonly code: number
    readonly message: string
    readonly details: { readonly causes: { field: string; message: string }[] }
  }
  readonly warnings?: readonly string[]
}

const namespaceOf = ({ level }: Input): string => level ?? 'default'

/** Namespaces with their level of Pod Security, and what the cluster allows; whatever else is asked for is there. */
const readerFor = ({ isClosed }: Input): ClusterReader => ({
  get: async ({ kind, name }) => {
    const labels = name === 'default' ? {} : { 'pod-security.kubernetes.io/enforce': name }
    if (kind === 'Namespace') return { kind, metadata: { name, labels } } as never
    if (kind === 'KubeOpenCodeConfig') return (isClosed ? { spec: { security: closedSecurity } } : undefined) as never
    return { kind, metadata: { name }, spec: {}, data: { k: '', 'a" type="x': '' } } as never
  },
  list: async () => ({ items: [] }),
})

const appFor = (reader?: ClusterReader) => {
  const trouble: string[] = []
  const line = (message: string): void => void trouble.push(message)
  const app = createApp(hooks, {
    bus: { publish: async () => {} },
    log: { debug: line, info: line, warn: line, error: line },
    ...(reader && { reader }),
  })
  const post = async (path: string, body: string): Promise<{ readonly status: number; readonly answer: Answer }> => {
    const response = await app.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answer =
      response.status === 200 ? ((await response.json()) as { response: Answer }).response : { allowed: false }
    return { status: response.status, answer }
  }
  return { post, trouble }
}

const reviewOf = (sent: Input) => {
  const { kind, spec, name = kind === 'KubeOpenCodeConfig' ? 'cluster' : 'x', before, labels = {} } = sent
  const namespace = namespaceOf(sent)
  const at = (one: unknown, status?: unknown) =>
    stored(kind, name, one as Record<string, unknown>, {
      metadata: { labels, ...(resources[kind].namespaced && { namespace }) },
      ...(status !== undefined && { status }),
    })
  return review(kind, {
    object: at(spec, before?.status),
    namespace,
    ...(before && { operation: 'UPDATE', oldObject: at(before.spec, before.status) }),
  })
}

const pathOf = (kind: OwnKind): string => `/validate/${resources[kind].plural}`

const judged = async (sent: Input): Promise<Answer> => {
  const { post, trouble } = appFor(readerFor(sent))
  const { status, answer } = await post(pathOf(sent.kind), JSON.stringify(reviewOf(sent)))
  expect({ status, trouble }).toEqual({ status: 200, trouble: [] })
  return answer
}

/** A sentence about a field, short enough to be read and long enough to say what to do. */
const isSentence = (message: string): boolean =>
  /^[^\s].{8,}$/s.test(message) && !/undefined|\[object|NaN/.test(message)

const titled = rows.map((row) => ({ ...row, title: `${row.line} ${row.sent.kind}: ${row.input}` }))
const byOutcome = (key: 'refusedAt' | 'warnedOf' | 'taken') => titled.filter(({ becomes }) => key in becomes)

describe('refused', () => {
  test.each(byOutcome('refusedAt'))('$title', async ({ sent, becomes }) => {
    const { refusedAt, says } = becomes as Extract<Row['becomes'], { refusedAt: string }>
    const { allowed, status } = await judged(sent)
    expect(allowed).toBe(false)
    expect(status?.code).toBe(422)
    const causes = status?.details.causes ?? []
    expect(causes.filter(({ field }) => field.startsWith(refusedAt))).not.toEqual([])
    expect(status?.message).toContain(says)
    expect(causes.filter(({ message }) => !isSentence(message))).toEqual([])
    expect(status?.message).not.toContain('planted')
  })
})

describe('let in with a warning', () => {
  test.each(byOutcome('warnedOf'))('$title', async ({ sent, becomes }) => {
    const { warnedOf } = becomes as { warnedOf: string }
    const { allowed, status, warnings = [] } = await judged(sent)
    expect({ allowed, status }).toEqual({ allowed: true, status: undefined })
    expect(warnings.filter((text) => text.startsWith(warnedOf))).toHaveLength(1)
    expect(warnings.join()).not.toContain('planted')
  })
})

describe('harmless', () => {
  test.each(byOutcome('taken'))('$title', async ({ sent }) => {
    expect(await judged(sent)).toMatchObject({ allowed: true })
  })
})

describe('60: any JSON anywhere is answered', () => {
  const specs: Readonly<Record<string, { kind: OwnKind; spec: object }>> = {
    tasks: {
      kind: 'Task',
      spec: {
        agentRef: { name: 'a' },
        description: 'x',
        contexts: [{ text: 'x' }, { url: { source: 'https://a/', headers: { A: 'b' } } }],
        timeout: '1m',
      },
    },
    agents: {
      kind: 'Agent',
      spec: {
        ...agentSpec,
        config: { provider: { a: { options: {} } } },
        podSpec: { securityContext: { runAsUser: 0 }, extraEnv: [{ name: 'A', value: 'b' }] },
        credentials: [{ name: 'c', secretRef: { name: 's' } }],
        persistence: { sessions: { storageClassName: 's' } },
      },
    },
    agenttemplates: {
      kind: 'AgentTemplate',
      spec: { ...agentSpec, config: '{"model": "a/b"}', skills: [{ name: 's', git: { repository: 'https://h/r' } }] },
    },
    crontasks: {
      kind: 'CronTask',
      spec: { schedule: '0 9 * * *', timeZone: 'UTC', taskTemplate: { spec: { agentRef: { name: 'a' } } } },
    },
    kubeopencodeconfigs: {
      kind: 'KubeOpenCodeConfig',
      spec: { proxy: { noProxy: 'a' }, security: closedSecurity, cleanup: {} },
    },
  }
  test.each(Object.entries(specs))('%s', async (plural, { kind, spec }) => {
    const { post, trouble } = appFor(readerFor({ kind, spec, isClosed: true }))
    const object = stored(kind, 'x', spec as Record<string, unknown>)
    const review422 = fc.asyncProperty(
      meddled(object),
      fc.constantFrom('mutate', 'validate', 'observe'),
      async (odd, door) => {
        const { status, answer } = await post(`/${door}/${plural}`, JSON.stringify(review(kind, { object: odd })))
        // An object that is none any more is no review; everything else has a verdict.
        expect(status === 200 || (typeof odd !== 'object' && status === 400)).toBe(true)
        expect(answer.status?.code ?? 422).toBe(422)
        expect(trouble).toEqual([])
      },
    )
    await fc.assert(review422, { numRuns: 150 })
  })
})

describe('76: labels of ours say what the spec says', () => {
  const forged = {
    'kubeopencode.io/crontask': 'somebody',
    'kubeopencode.io/task': 'mine',
    'kubeopencode.io/agent': 'other',
    'kubeopencode.io/agent-template': 'other',
    'kubeopencode.io/served-by': 'other',
    team: 'x',
  }
  const cases = [
    { kind: 'Task', spec: { agentRef: { name: 'a' } }, want: { team: 'x', 'kubeopencode.io/agent': 'a' } },
    { kind: 'Agent', spec: agentSpec, want: { team: 'x' } },
    { kind: 'AgentTemplate', spec: agentSpec, want: { team: 'x' } },
    {
      kind: 'CronTask',
      spec: { schedule: '0 9 * * *', taskTemplate: { spec: { agentRef: { name: 'a' } } } },
      want: { team: 'x' },
    },
  ] as const
  test.each(cases)('$kind', ({ kind, spec, want }) => {
    const hook = hooks.find((one) => one.type === 'mutate' && one.kind === kind)
    if (hook?.type !== 'mutate') throw new Error(`${kind} has no mutating hook`)
    const given = stored(kind, 'x', spec, { metadata: { labels: forged } })
    expect((hook.mutate(given) as { metadata: { labels: object } }).metadata.labels).toEqual(want)
  })

  test('53: an owner of another group gives no label', () => {
    const hook = hooks.find((one) => one.type === 'mutate' && one.kind === 'Task')
    if (hook?.type !== 'mutate') throw new Error('Task has no mutating hook')
    const owner = { apiVersion: 'batch/v1', kind: 'CronTask', name: 'c', uid: 'u', controller: true }
    const given = stored('Task', 'x', { agentRef: { name: 'a' } }, { metadata: { ownerReferences: [owner] } })
    expect(hook.mutate(given)).toMatchObject({ metadata: { labels: { 'kubeopencode.io/agent': 'a' } } })
    expect(JSON.stringify(hook.mutate(given))).not.toContain('kubeopencode.io/crontask')
  })
})

describe('when the cluster’s settings do not answer', () => {
  const sent: Input = { kind: 'Agent', spec: { ...agentSpec, serviceAccountName: 'admin-sa' }, isClosed: true }
  const reading = readerFor(sent)
  const broken: Record<string, ClusterReader['get']> = {
    forbidden: async (ref) => (ref.kind === 'KubeOpenCodeConfig' ? Promise.reject(new Error('403')) : reading.get(ref)),
    slow: (ref) => (ref.kind === 'KubeOpenCodeConfig' ? new Promise(() => {}) : reading.get(ref)),
  }
  test.each(Object.entries(broken))('%s: the write passes with a warning', async (_, get) => {
    const { post } = appFor({ ...reading, get })
    const { answer } = await post('/validate/agents', JSON.stringify(reviewOf(sent)))
    expect(answer).toMatchObject({
      allowed: true,
      warnings: [expect.stringMatching(/^spec: KubeOpenCodeConfig cluster could not be read in time/)],
    })
  })

  test('what was stored before they came may still be changed', async () => {
    const { post } = appFor(reading)
    const change = reviewOf({
      ...sent,
      spec: { ...(sent.spec as object), suspend: true },
      before: { spec: sent.spec as Record<string, unknown> },
    })
    expect((await post('/validate/agents', JSON.stringify(change))).answer).toMatchObject({ allowed: true })
  })
})
