import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../infra/local/cluster.ts'
import { startCluster } from '../infra/local/cluster.ts'
import { customResourceDefinition } from './crd.ts'
import { kinds } from './kinds.ts'
import { GROUP } from './names.ts'
import type { Answer, Apiserver } from './samples/apiserver.ts'
import { connect, each, pathOf } from './samples/apiserver.ts'
import { before, changes } from './samples/changes.ts'
import type { Bad } from './samples/derived.ts'
import { derived } from './samples/derived.ts'
import { beyondCel, edgeSamples } from './samples/edges.ts'
import { full } from './samples/full.ts'
import { manifests } from './samples/manifests.ts'

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const DRY = 'dryRun=All&fieldValidation=Strict'
const MERGE = 'application/merge-patch+json'

const dir = mkdtempSync(join(tmpdir(), 'koc-crds-'))
let cluster: Cluster
let apiserver: Apiserver

beforeAll(async () => {
  cluster = await startCluster({ dir, node: false, tmpfs: true, name: 'crds' })
  apiserver = connect(cluster.kubeconfig)
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** Asks until the answer is as wanted, for a minute. */
const until = async (ask: () => Promise<Answer>, isWanted: (answer: Answer) => boolean): Promise<Answer> => {
  for (const end = Date.now() + 60_000; ;) {
    const answer = await ask()
    if (isWanted(answer) || Date.now() > end) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

type Definition = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

const conditionsOf = ({ body }: Answer) =>
  Object.fromEntries(((body as Definition).status?.conditions ?? []).map(({ type, status }) => [type, status]))

test.each(kinds)('$kind is taken as structural, within the budget of CEL', async (kind) => {
  const definition = customResourceDefinition(kind)
  const made = await apiserver.call('POST', `${DEFINITIONS}?fieldValidation=Strict`, definition)
  expect(made.causes).toEqual([])
  const path = `${DEFINITIONS}/${kind.plural}.${GROUP}`
  const found = await until(
    () => apiserver.call('GET', path),
    (answer) => conditionsOf(answer)['Established'] === 'True',
  )
  expect(conditionsOf(found)).toEqual({ NamesAccepted: 'True', Established: 'True' })
  await until(
    () => apiserver.call('GET', pathOf(kind.kind)),
    ({ status }) => status === 200,
  )
})

const tryCreate = ({ kind, object }: Pick<Bad, 'kind' | 'object'>): Promise<Answer> =>
  apiserver.call('POST', `${pathOf(kind)}?${DRY}`, object)

test('takes the manifests of the guide', async () => {
  const answers = await each(manifests, tryCreate)
  expect(answers.map(({ status, causes }) => ({ status, causes }))).toEqual(
    manifests.map(() => ({ status: 201, causes: [] })),
  )
})

test('sets the defaults that the parser sets', async () => {
  const answers = await each(manifests, tryCreate)
  for (const [index, { kind, object }] of manifests.entries()) {
    const parsed = kinds.find((one) => one.kind === kind)!.object.parse(object)
    expect(answers[index]!.body['spec']).toEqual(parsed.spec)
  }
})

test('agrees with the parser about input at the edge', async () => {
  const answers = await each(edgeSamples, tryCreate)
  const wrong = edgeSamples.filter(({ field }, index) => {
    const { status, causes } = answers[index]!
    return field === undefined ? status !== 201 : status !== 422 || !causes.some((cause) => isAt(cause.field, field))
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('takes what only the webhook can refuse', async () => {
  const answers = await each(beyondCel, tryCreate)
  expect(answers.map(({ status }) => status)).toEqual(beyondCel.map(() => 201))
})

/** The apiserver knows no path into metadata, and adds the index of an item that stands twice. */
const isAt = (seen: string | undefined, field: string): boolean =>
  seen?.startsWith(field) ||
  ((seen === undefined || seen === '<nil>') && (field === '' || field.startsWith('metadata')))

test('takes what sets every field, and the status with it', async () => {
  for (const { kind } of kinds)
    for (const object of full[kind]) {
      const created = await apiserver.call('POST', `${pathOf(kind)}?fieldValidation=Strict`, object)
      expect(created, `${kind}: ${JSON.stringify(created.causes)}`).toMatchObject({ status: 201 })
      if (!('status' in object)) continue
      const { name } = object['metadata'] as { name: string }
      const reported = await apiserver.call(
        'PATCH',
        `${pathOf(kind, name)}/status?fieldValidation=Strict`,
        { status: object['status'] },
        MERGE,
      )
      expect(reported.body).toMatchObject({ status: object['status'] })
    }
})

const bad = derived()

test('refuses what the parser refuses, at the same field and with the same words', async () => {
  const answers = await each(bad, (sample) => {
    if (!sample.field.startsWith('status')) return tryCreate(sample)
    const { name } = full[sample.kind][0]['metadata'] as { name: string }
    const status = [{ op: 'add', path: '/status', value: sample.object['status'] }]
    return apiserver.call('PATCH', `${pathOf(sample.kind, name)}/status?${DRY}`, status, 'application/json-patch+json')
  })
  const wrong = bad.flatMap(({ name, field, message = '' }, index) => {
    const { status, causes } = answers[index]!
    const isRefused =
      status === 422 && causes.some((cause) => isAt(cause.field, field) && cause.message.includes(message))
    return isRefused ? [] : [`${name}: ${status} ${JSON.stringify(causes)}`]
  })
  expect(wrong).toEqual([])
}, 900_000)

test.each(changes)('$kind: $name', async (change) => {
  const { kind, status, patch, message } = change
  const name = `change-${changes.indexOf(change)}`
  expect(await apiserver.call('POST', pathOf(kind), before(change, name))).toMatchObject({ status: 201 })
  if (status) await apiserver.call('PATCH', `${pathOf(kind, name)}/status`, { status }, MERGE)
  const changed = await apiserver.call('PATCH', `${pathOf(kind, name)}?${DRY}`, patch, MERGE)
  expect(changed.status).toBe(message === undefined ? 200 : 422)
  expect(changed.causes.map((cause) => cause.message).join('\n')).toContain(message ?? '')
})
