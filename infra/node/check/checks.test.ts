import { expect, test } from 'vitest'
import type { Answer } from '../../cluster/rest.ts'
import type { CheckWorld } from './checks.ts'
import { runChecks } from './checks.ts'

const answer = (status: number, body: object): Answer => new Response(JSON.stringify(body), { status })

const nobody = { 'kubeopencode.io/agent': 'kubeopencode-check-nobody' }
const labelled = { metadata: { name: 'kubeopencode-check-1', labels: nobody } }
const denied = 'admission webhook "validate.tasks" denied the request: spec.contexts[0].url.source: must name a host'
const caller = { kubernetes: 'v1.36.3', user: { username: 'check' } }

/** What an installation answers to each of what is asked; a good one unless said otherwise. */
interface Installation {
  tried: () => Answer
  wrong: () => Answer
  stored: () => Answer
  read: (times: number) => Answer
  info: (() => Answer) | undefined
}
const good: Installation = {
  tried: () => answer(201, labelled),
  wrong: () => answer(422, { message: denied }),
  stored: () => answer(201, labelled),
  read: (times) => answer(200, times < 3 ? labelled : { ...labelled, status: { phase: 'Pending' } }),
  info: () => answer(200, caller),
}

const check = async (change: Partial<Installation>) => {
  const installation = { ...good, ...change }
  const asked: string[] = []
  const said: string[] = []
  let milliseconds = 0
  let reads = 0
  const send: CheckWorld['send'] = async (method, path, { body } = {}) => {
    asked.push(`${method} ${path.replace('/apis/kubeopencode.io/v1alpha1/namespaces/koc', '')}`)
    if (method === 'GET') return installation.read((reads += 1))
    if (method === 'DELETE') return answer(200, {})
    if (!path.endsWith('?dryRun=All')) return installation.stored()
    return 'contexts' in (body as { spec: object }).spec ? installation.wrong() : installation.tried()
  }
  const { info } = installation
  const failed = await runChecks(
    {
      send,
      api: info && (async () => info()),
      namespace: 'koc',
      clock: { now: () => new Date(milliseconds), sleep: async (some) => void (milliseconds += some) },
    },
    (line) => said.push(line),
  )
  return { failed, asked, said }
}

test('an installation that works is told so, and nothing of it is left', async () => {
  const { failed, asked, said } = await check({})
  expect(failed).toBe(0)
  expect(said).toEqual([
    'ok    admission completes a Task: label kubeopencode.io/agent was added',
    `ok    admission refuses a wrong Task: ${denied}`,
    'ok    the functions look at a new Task: Pending after 500 ms',
    'ok    the API answers: Kubernetes v1.36.3, asked by check',
    'the installation works',
  ])
  expect(asked.at(-1)).toBe('DELETE /tasks/kubeopencode-check-1')
})

const down = () => answer(500, { message: 'failed calling webhook "mutate.tasks": connection refused' })
const cases: { name: string; change: Partial<Installation>; failed: number; says: RegExp }[] = [
  {
    name: 'webhooks that are away',
    change: { tried: down, wrong: down, stored: down },
    failed: 3,
    says: /FAIL {2}admission completes a Task: .*HTTP 500.*connection refused; see kubectl -n koc logs/,
  },
  {
    name: 'webhooks that nobody asks to complete',
    change: { tried: () => answer(201, { metadata: { name: 'kubeopencode-check-1' } }) },
    failed: 1,
    says: /FAIL {2}admission completes.*kubectl get mutatingwebhookconfiguration kubeopencode-mutating/,
  },
  {
    name: 'webhooks that nobody asks to refuse',
    change: { wrong: () => answer(201, labelled) },
    failed: 1,
    says: /FAIL {2}admission refuses.*was let in.*kubectl get validatingwebhookconfiguration kubeopencode-validating/,
  },
  {
    name: 'a refusal for want of rights',
    change: { wrong: () => answer(403, { message: 'tasks is forbidden' }) },
    failed: 1,
    says: /FAIL {2}admission refuses.*another reason \(HTTP 403\): tasks is forbidden/,
  },
  {
    name: 'functions that do not look',
    change: { read: () => answer(200, labelled) },
    failed: 1,
    says: /FAIL {2}the functions.*koc\/kubeopencode-check-1 has no phase after 60 s/,
  },
  {
    name: 'an API that knows no such caller',
    change: { info: () => answer(401, { error: 'Unauthorized' }) },
    failed: 1,
    says: /FAIL {2}the API answers: GET \/api\/v1\/info is HTTP 401/,
  },
  {
    name: 'an API that does not answer',
    change: {
      info: () => {
        throw new Error('refused')
      },
    },
    failed: 1,
    says: /FAIL {2}the API answers: the API does not answer; see kubectl -n koc logs deployment\/kubeopencode-server/,
  },
  { name: 'no API', change: { info: undefined }, failed: 0, says: /ok {4}the API answers: not asked/ },
]
test.each(cases)('it notices $name', async ({ change, failed, says }) => {
  const found = await check(change)
  expect(found.said.join('\n')).toMatch(says)
  expect(found.failed).toBe(failed)
  const isStored = found.asked.some((request) => request === 'POST /tasks') && !('stored' in change)
  expect(found.asked.some((request) => request.startsWith('DELETE '))).toBe(isStored)
})
