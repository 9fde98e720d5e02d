import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../cli/program.ts'
import type { Guard } from '../../functions/pod/guard/server.ts'
import { titleOf } from '../../functions/task/builders.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { testIo } from '../builders/io.ts'
import type { AskingServer } from './asking-server.ts'
import { startAskingServer } from './asking-server.ts'
import { installRoles } from './people.ts'
import { personWith } from './persons.ts'
import type { PlayedNode } from './played-node.ts'
import { letServerStart, playGuard, playNode } from './played-node.ts'
import type { Served } from './served.ts'
import { serve } from './served.ts'

const namespace = 'default'
const ref = { kind: 'Task', namespace, name: 'fix' } as const
let served: Served
let node: PlayedNode
let guard: Guard
let openCode: AskingServer
let jane: string
let guest: string

/** The kubelet says whether the agent waits. */
const work = (isAsking: boolean) =>
  node.setStatus(namespace, 'fix-pod', {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isAsking ? 'False' : 'True' }],
    containerStatuses: [
      {
        name: 'agent',
        image: 'i',
        imageID: 'i',
        ready: !isAsking,
        restartCount: 0,
        state: { running: {} },
        started: true,
      },
    ],
  })
const task = () => served.cluster.get(ref)
const asked = (id: string) => served.until(task, (found) => found?.status?.question?.id === id)
const kubeoc = async (kubeconfig: string, ...words: string[]) => {
  const io = testIo()
  const exit = await run(['--kubeconfig', kubeconfig, ...words], io)
  return { exit, text: io.stdout() + io.stderr() }
}
/** The webhooks are in this process, so it may not stand still meanwhile. */
const kubectl = async (kubeconfig: string, ...words: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(served.kubectl, ['--kubeconfig', kubeconfig, '-n', namespace, ...words])
  return stdout
}

beforeAll(async () => {
  openCode = await startAskingServer()
  served = await serve('approvals')
  await installRoles(served.send)
  jane = await personWith(served, 'jane', 'kubeopencode-user')
  guest = await personWith(served, 'guest', 'kubeopencode-viewer')
  node = await playNode(served.send, served.dir)
  const make = (kind: string, name: string, spec: object) =>
    served.cluster.create({
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind,
      metadata: { name, namespace },
      spec,
    } as KubeObject)
  await make('Agent', 'coder', {
    workspaceDir: '/workspace',
    serviceAccountName: 'default',
    port: openCode.port,
    config: { permission: { bash: 'ask' } },
    approvals: { timeout: '10m' },
  })
  guard = await playGuard(served, namespace, 'coder', openCode.port)
  await letServerStart(served, node, namespace, 'coder')
  await make('Task', 'fix', { agentRef: { name: 'coder' }, description: 'Publish it.' })
  await node.awaitPod(namespace, 'fix-pod')
  const made = await served.until(task, (found) => found?.status?.phase === 'Running')
  openCode.state.session.push({ id: 'ses_1', title: titleOf(made!) })
  await work(false)
}, 1_200_000)
afterAll(async () => {
  guard?.close()
  await node?.close()
  await openCode?.close()
  await served?.close()
})

test('its Pod tells that it asks by not being ready', async () => {
  const pod = await served.cluster.get({ kind: 'Pod', namespace, name: 'fix-pod' })
  expect(pod?.spec?.containers[0]?.readinessProbe?.httpGet?.path).toBe('/asking')
})

test('what the agent asks is on the Task at once, and says how it is answered', async () => {
  openCode.state.permission.push({
    id: 'per_1',
    sessionID: 'ses_1',
    permission: 'bash',
    patterns: ['npm publish'],
  } as never)
  await work(true)
  const found = await asked('per_1')
  expect(found?.status?.question).toMatchObject({ kind: 'Permission', text: 'bash: npm publish' })
  expect(conditionOf(found?.status?.conditions, 'ApprovalPending')).toMatchObject({
    status: 'True',
    reason: 'PermissionAsked',
    message: expect.stringContaining('kubeoc task approve fix') as unknown,
  })
  expect((await kubeoc(guest, 'task', 'why', 'fix')).text).toContain('  bash: npm publish')
  expect((await kubeoc(guest, 'describe', 'task', 'fix')).text).toMatch(/Asks:[\s\S]*per_1/)
  expect(await kubectl(guest, 'get', 'tasks', 'fix', '-o', 'wide')).toContain('PermissionAsked')
})

test('who may only look may not answer', async () => {
  const { exit, text } = await kubeoc(guest, 'task', 'approve', 'fix')
  expect(exit).toBe(1)
  expect(text).toMatch(/patch/)
  expect(openCode.heard).toEqual([])
})

test('an answer meant for another question is not used', async () => {
  await kubectl(jane, 'annotate', 'task', 'fix', 'kubeopencode.io/answer=approve per_0')
  await served.until(task, (found) => found?.metadata.annotations?.['kubeopencode.io/answer'] === undefined)
  expect(openCode.heard).toEqual([])
  expect((await task())?.status?.question?.id).toBe('per_1')
})

test('an answer is delivered, with the name of who gave it and not the one they wrote', async () => {
  await kubectl(
    jane,
    'annotate',
    'task',
    'fix',
    'kubeopencode.io/answer=approve per_1',
    'kubeopencode.io/answered-by=the-boss',
  )
  const found = await served.until(
    task,
    (one) =>
      conditionOf(one?.status?.conditions, 'ApprovalPending')?.status === 'False' &&
      one?.metadata.annotations?.['kubeopencode.io/answer'] === undefined,
  )
  expect(found?.status?.answers).toMatchObject([
    { id: 'per_1', text: 'bash: npm publish', verdict: 'Approved', by: 'system:serviceaccount:default:jane' },
  ])
  expect(found?.status?.question).toBeUndefined()
  expect(openCode.heard).toEqual([{ path: '/permission/per_1/reply', body: { reply: 'once' } }])
})

test('the next question is answered in words, by kubeoc', async () => {
  const questions = [{ question: 'Which branch?', header: 'Branch', options: [{ label: 'main' }] }]
  openCode.state.question.push({ id: 'que_1', sessionID: 'ses_1', questions } as never)
  // Nothing tells it but the look after an answer: the Pod has not changed.
  await asked('que_1')
  const wrong = await kubeoc(jane, 'task', 'approve', 'fix')
  expect(wrong).toMatchObject({ exit: 1, text: expect.stringContaining('reply to it with words') as unknown })
  expect(await kubeoc(jane, 'task', 'reply', 'fix', 'main')).toEqual({
    exit: 0,
    text: 'answered: Which branch? (main)\n',
  })
  await served.until(task, (one) => one?.status?.answers?.length === 2 && one.status.question === undefined)
  expect(openCode.heard.at(-1)).toEqual({ path: '/question/que_1/reply', body: { answers: [['main']] } })
  expect((await kubeoc(guest, 'describe', 'task', 'fix')).text).toMatch(/Answers:[\s\S]*jane +Replied +Which branch/)
})

test('at work again nothing is written, and Events tell what was', async () => {
  await work(false)
  const reasons = await served.until(
    async () =>
      (await served.cluster.list('Event', { namespace })).items.map((event) => (event as { reason?: string }).reason),
    (all) => all.filter((reason) => reason === 'Answered').length === 2,
  )
  expect(reasons).toEqual(expect.arrayContaining(['PermissionAsked', 'AnswerIgnored', 'Answered', 'QuestionAsked']))
  await served.settled()
  const before = served.writes()
  await served.passTo(new Date(served.now().getTime() + 60_000))
  await work(false)
  await served.settled()
  expect(served.writes()).toBe(before)
})
