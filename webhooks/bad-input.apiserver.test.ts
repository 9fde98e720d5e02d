import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueAuthority, issueServing } from '../infra/certificates/issue.ts'
import { identify } from '../infra/cluster/identity.ts'
import { connect } from '../infra/cluster/undici.ts'
import type { Send } from '../infra/cluster/rest.ts'
import { createCluster, pathOf, sender } from '../infra/cluster/rest.ts'
import type { Cluster as LocalCluster } from '../infra/local/cluster.ts'
import { startCluster } from '../infra/local/cluster.ts'
import type { HttpsServer } from '../infra/node/serve.ts'
import { serveHttps } from '../infra/node/serve.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import { resources } from '../shared/kubernetes.ts'
import type { Cluster } from '../shared/ports.ts'
import { patientHooks } from '../test/builders/patient-hooks.ts'
import { createApp } from './app.ts'
import { rows } from './bad-input/index.ts'
import type { Input, Row } from './bad-input/row.ts'
import { closedSecurity } from './bad-input/row.ts'
import { mutatingConfiguration, validatingConfiguration } from './configurations.ts'
import { hooks } from './table.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubeopencode-bad-input-'))
const trouble: string[] = []
let local: LocalCluster
let server: HttpsServer
let cluster: Cluster
let send: Send

interface Answer {
  readonly status: number
  readonly message: string
  readonly warnings: string
}

const answerOf = async (response: Awaited<ReturnType<Send>>): Promise<Answer> => {
  const body = (await response.json()) as { message?: string }
  return { status: response.status, message: body.message ?? '', warnings: response.headers.get('warning') ?? '' }
}

const namespaceOf = ({ level }: Input): string => level ?? 'default'

const objectOf = (sent: Input, spec: unknown, name: string) => ({
  apiVersion: resources[sent.kind].apiVersion,
  kind: sent.kind,
  metadata: { name, ...(resources[sent.kind].namespaced && { namespace: namespaceOf(sent) }) },
  spec,
})

let changed = 0

/** Sends `sent` as a dry run; what it changes is stored before. */
const ask = async (sent: Input): Promise<Answer> => {
  const { kind, spec, before, name = kind === 'KubeOpenCodeConfig' ? 'cluster' : 'x' } = sent
  const folder = pathOf(kind, namespaceOf(sent))
  if (!before) return answerOf(await send('POST', `${folder}?dryRun=All`, { body: objectOf(sent, spec, name) }))
  changed += 1
  const own = `changed-${changed}`
  const made = await send('POST', folder, { body: objectOf(sent, before.spec, own) })
  expect(made.status).toBe(201)
  const merge = 'application/merge-patch+json'
  if (before.status)
    await send('PATCH', `${folder}/${own}/status`, { body: { status: before.status }, contentType: merge })
  return answerOf(await send('PATCH', `${folder}/${own}?dryRun=All`, { body: { spec }, contentType: merge }))
}

/** Polls, because the apiserver learns of configurations and CRDs by itself. */
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 180_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('this did not become true within 180 s')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const create = async (object: object): Promise<void> => {
  await cluster.create(object as KubeObject)
}

beforeAll(async () => {
  local = await startCluster({ dir, node: false, tmpfs: true, name: 'bad-input' })
  const connection = connect(await identify({ kubeconfig: local.kubeconfig }), 'bad-input-test')
  send = sender(connection)
  cluster = createCluster(connection)
  const kubectl = (...args: string[]) => execFileSync(local.kubectl, ['--kubeconfig', local.kubeconfig, ...args])
  kubectl('apply', '--server-side', '-f', join(import.meta.dirname, '../crds/generated'))
  kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s')
  for (const level of ['baseline', 'restricted'])
    await create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: level, labels: { 'pod-security.kubernetes.io/enforce': level } },
    })
}, 1_200_000)

afterAll(async () => {
  await server?.close(0)
  await local?.stop()
  rmSync(dir, { recursive: true, force: true })
})

type Refused = Extract<Row['becomes'], { by: string }>

/** A rule has many rows; one of each says whether the apiserver decides it. */
const oneOfEach = rows.filter(
  ({ line, sent, becomes }, index) =>
    rows.findIndex(
      (other) => other.line === line && other.sent.kind === sent.kind && sameFate(other.becomes, becomes),
    ) === index || sent.before !== undefined,
)

function sameFate(a: Row['becomes'], b: Row['becomes']): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

const wrongly = async (chosen: readonly Row[], isRight: (row: Row, answer: Answer) => boolean): Promise<string[]> => {
  const wrong: string[] = []
  for (const row of chosen) {
    const answer = await ask(row.sent)
    if (!isRight(row, answer))
      wrong.push(
        `${row.line} ${row.sent.kind} ${row.input}: ${answer.status} ${answer.message.slice(0, 300)} ${answer.warnings.slice(0, 300)}`,
      )
  }
  return wrong
}

test('without any webhook the schema refuses what it can say', async () => {
  const chosen = rows.filter(({ becomes }) => 'by' in becomes && becomes.by === 'schema')
  expect(chosen.length).toBeGreaterThan(100)
  expect(
    await wrongly(chosen, ({ becomes }, { status, message }) => {
      const { refusedAt, says } = becomes as Refused
      // The apiserver says its own words where a type or a bound is wrong, and knows no path into metadata.
      const field = refusedAt.startsWith('metadata') || message.includes(refusedAt)
      return status === 422 && field && message.includes(says)
    }),
  ).toEqual([])
}, 900_000)

describe('with the webhooks', () => {
  beforeAll(async () => {
    const now = new Date()
    const authority = await issueAuthority(now)
    const line = (message: string): void => void trouble.push(message)
    const app = createApp(hooks, {
      bus: { publish: async () => {} },
      log: { debug: () => {}, info: () => {}, warn: line, error: line },
      reader: cluster,
    })
    server = await serveHttps({
      fetch: async (request) => app.fetch(request),
      certificates: await issueServing(authority, [local.hostAddress], now),
      port: 0,
      hostname: local.hostAddress,
    })
    const reach = { url: `https://${local.hostAddress}:${server.port}` }
    await create(mutatingConfiguration(patientHooks, { reach, caBundle: authority.certificate }))
    await create(validatingConfiguration(patientHooks, { reach, caBundle: authority.certificate }))
    const telling: Input = {
      kind: 'Agent',
      spec: { workspaceDir: '/w', serviceAccountName: 'a', config: '{' },
    }
    await until(async () => (await ask(telling)).status === 422)
  })

  const isAsWanted = ({ becomes }: Row, { status, message, warnings }: Answer): boolean => {
    if ('by' in becomes) return status === 422 && message.includes(becomes.says)
    if ('warnedOf' in becomes) return status < 300 && warnings.includes(becomes.warnedOf)
    return status < 300
  }

  test('each class is refused, warned of or let in, in an open cluster', async () => {
    const chosen = oneOfEach.filter(({ sent }) => !sent.isClosed)
    expect(chosen.length).toBeGreaterThan(80)
    expect(await wrongly(chosen, isAsWanted)).toEqual([])
  }, 900_000)

  test('and in one whose administrator says what is allowed', async () => {
    await create({
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'KubeOpenCodeConfig',
      metadata: { name: 'cluster' },
      spec: { security: closedSecurity },
    })
    const chosen = oneOfEach.filter(({ sent }) => sent.isClosed)
    expect(chosen.length).toBeGreaterThan(5)
    expect(await wrongly(chosen, isAsWanted)).toEqual([])
  }, 900_000)

  test('76: a status that comes with a new object is not taken', async () => {
    const forged = {
      ...objectOf({ kind: 'Task', spec: {} }, { agentRef: { name: 'a' } }, 'forged'),
      status: { phase: 'Completed', session: { id: 's', url: 'http://evil.example' } },
    }
    const response = await send('POST', pathOf('Task', 'default'), { body: forged })
    expect(response.status).toBe(201)
    expect(await response.json()).not.toHaveProperty('status')
  })

  test('74: a dry run says the same and stores nothing', async () => {
    const sent: Input = { kind: 'Task', spec: { agentRef: { name: 'a' } }, name: 'dry' }
    expect((await ask(sent)).status).toBe(201)
    expect(await cluster.get({ kind: 'Task', namespace: 'default', name: 'dry' })).toBeUndefined()
  })

  test('nothing of all this was trouble', () => expect(trouble).toEqual([]))
})
