import type { Pod } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Asked } from '../../shared/ports.ts'
import { agent, ready, withAgentSpec } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { serviceAccount } from '../../test/builders/core.ts'
import { asking, ended, pod, running, withPodStatus, working } from '../../test/builders/pod.ts'
import { agentTarget, taskSight } from '../../test/builders/sight.ts'
import { started, task, withCondition, withStatus } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { conditionTexts, messageOf, told } from '../../test/builders/told.ts'
import { world } from '../../test/builders/world.ts'
import { decideTask } from './decide.ts'
import type { TaskSight } from './sight.ts'

const permission: Asked = { kind: 'Permission', id: 'per_1', text: 'bash: npm publish' }
const question: Asked = { kind: 'Question', id: 'que_1', text: 'Which branch?' }
const shown = { ...permission, since: at(-30), deadline: at(570) }
const given = { ...permission, verdict: 'Approved' as const, by: 'jane', time: at(-1) }
const answered = (answer: string, by: string | undefined = 'jane') =>
  withMetadata({
    annotations: { 'kubeopencode.io/answer': answer, ...(by && { 'kubeopencode.io/answered-by': by }) },
  })
const pending = withCondition('ApprovalPending', 'True', 'PermissionAsked')
const withoutAnswer = {
  metadata: { annotations: { 'kubeopencode.io/answer': null, 'kubeopencode.io/answered-by': null } },
}

const decided = (seen: Partial<TaskSight>) =>
  decideTask(
    taskSight({ target: agentTarget(agent(ready)), parent: task(started(30)), pod: pod(asking), ...seen }),
    now,
  )
const statusOf = (plan: ReturnType<typeof decided>) => plan.status as ReturnType<typeof task>['status']

describe('what an agent asks', () => {
  test('is shown with how to answer it, and until when', () => {
    const plan = decided({ asking: [permission] })
    expect(told(plan)).toEqual({
      phase: 'Running',
      conditions: ['ApprovalPending=True PermissionAsked'],
      events: ['Normal PermissionAsked'],
      again: 15,
    })
    expect(statusOf(plan)?.question).toEqual({ ...permission, since: at(0), deadline: at(600) })
    expect(messageOf(plan, 'ApprovalPending')).toBe(
      `the agent asks for leave to use bash: npm publish. Answer with kubeoc task approve job or kubeoc task deny job. It is denied at ${at(600)} if nobody answers.`,
    )
  })

  test('is shown with what an approval for good would let through', () => {
    const plan = decided({ asking: [{ ...permission, always: ['bash: npm *'] }] })
    expect(statusOf(plan)?.question?.always).toEqual(['bash: npm *'])
  })

  test('is told once', () =>
    expect(
      told(decided({ parent: task(started(30), withStatus({ question: shown }), pending), asking: [permission] })),
    ).toEqual({
      phase: 'Running',
      conditions: ['ApprovalPending=True PermissionAsked'],
      again: 15,
    }))

  test('stays as it was seen while the server does not answer', () => {
    const plan = decided({ parent: task(started(30), withStatus({ question: shown }), pending), asking: 'unreachable' })
    expect(told(plan)).toEqual({ phase: 'Running', conditions: ['ApprovalPending=True PermissionAsked'], again: 5 })
    expect(statusOf(plan)?.question).toEqual(shown)
  })

  /** Not ready for so many seconds, its container at work for so many. */
  const unready = (seconds: number, atWork = 60) => {
    const one = pod(asking)
    const containerStatuses = one.status?.containerStatuses?.map((status) => ({
      ...status,
      state: { running: { startedAt: at(-atWork) } },
    }))
    const conditions = [{ type: 'ContainersReady', status: 'False', lastTransitionTime: at(-seconds) }]
    return withPodStatus({ conditions, ...(containerStatuses && { containerStatuses }) })(one)
  }

  test.each([
    { name: 'is said to be hidden where the server does not answer for long', seconds: 15, want: ['ApprovalPending=Unknown ServerUnreachable'] },
    { name: 'is waited for while the server may be restarting', seconds: 14, want: [] },
    { name: 'is waited for while the agent has just begun, however long that took', seconds: 60, atWork: 14, want: [] },
  ])('$name', ({ seconds, atWork, want }) => {
    const plan = decided({ pod: unready(seconds, atWork), asking: 'unreachable' })
    expect(told(plan)).toEqual({ phase: 'Running', ...(want.length > 0 && { conditions: want }), again: 5 })
  }) // prettier-ignore

  test('is hidden no more once the server answers', () => {
    const hidden = withCondition('ApprovalPending', 'Unknown', 'ServerUnreachable')
    const plan = decided({ parent: task(started(30), hidden), pod: unready(20), asking: [] })
    expect(told(plan)).toMatchObject({ conditions: ['ApprovalPending=False Withdrawn'] })
  })

  test('is hidden no more once the Pod says that its agent works', () => {
    const plan = decided({
      parent: task(started(30), withCondition('ApprovalPending', 'Unknown', 'ServerUnreachable')),
    })
    expect(told(plan)).toMatchObject({ conditions: ['ApprovalPending=False Withdrawn'] })
  })

  test('is over when it was answered in the session', () => {
    const plan = decided({ parent: task(started(30), withStatus({ question: shown }), pending), asking: [] })
    expect(told(plan)).toEqual({ phase: 'Running', conditions: ['ApprovalPending=False Withdrawn'], again: 15 })
    expect(statusOf(plan)?.question).toBeUndefined()
  })

  test('ends with the Task', () => {
    const plan = decided({
      parent: task(started(30), withStatus({ question: shown }), pending),
      pod: pod(ended(1, '{"error":"denied"}')),
    })
    expect(told(plan).conditions).toEqual(['Failed=True SessionLost'])
    expect(statusOf(plan)?.question).toBeUndefined()
    expect(plan.patch).toBeUndefined()
  })

  test('leaves no answer behind that comes too late', () =>
    expect(decided({ parent: task(started(30), answered('approve per_1')), pod: pod(ended(0)) }).patch).toEqual(
      withoutAnswer,
    ))
})

describe('an answer', () => {
  test('is recorded before anybody is told', () => {
    const plan = decided({
      parent: task(started(30), withStatus({ question: shown }), pending, answered('approve per_1')),
      asking: [permission],
    })
    expect(plan.tell).toBeUndefined()
    expect(statusOf(plan)?.answers).toEqual([{ ...permission, verdict: 'Approved', by: 'jane', time: at(0) }])
    expect(told(plan)).toEqual({ phase: 'Running', conditions: ['ApprovalPending=True PermissionAsked'], again: 0 })
  })

  test('is to what was shown, whatever the server says by now', () => {
    const plan = decided({
      parent: task(started(30), withStatus({ question: shown }), pending, answered('approve per_1')),
      asking: [{ ...permission, text: 'bash: ls' }],
    })
    expect(statusOf(plan)?.answers?.[0]?.text).toBe('bash: npm publish')
  })

  test('that is recorded is delivered as it was recorded, whatever the annotation says by now', () => {
    const recorded = withStatus({ question: shown, answers: [given] })
    const plan = decided({
      parent: task(started(30), recorded, pending, answered('deny per_1', 'ada')),
      asking: [permission],
    })
    expect(plan.tell?.map(({ asked, reply }) => [asked.id, reply])).toEqual([['per_1', { verdict: 'Approved' }]])
    expect(told(plan)).toEqual({
      phase: 'Running',
      conditions: ['ApprovalPending=False Answered'],
      events: ['Normal Answered'],
      patch: withoutAnswer,
      again: 3,
    })
    expect(messageOf(plan, 'ApprovalPending')).toBe('approved by jane: bash: npm publish')
  })

  test('that was delivered by who died then is taken away', () => {
    const recorded = withStatus({ question: shown, answers: [given] })
    const plan = decided({ parent: task(started(30), recorded, pending, answered('approve per_1')), asking: [] })
    expect(plan.tell).toEqual([])
    expect(told(plan)).toEqual({
      phase: 'Running',
      conditions: ['ApprovalPending=False Answered'],
      patch: withoutAnswer,
      again: 3,
    })
  })

  test('makes room for the next question', () => {
    const recorded = withStatus({ question: shown, answers: [given] })
    const plan = decided({
      parent: task(started(30), recorded, pending, answered('approve per_1')),
      asking: [permission, question],
    })
    expect(told(plan)).toMatchObject({
      conditions: ['ApprovalPending=True QuestionAsked'],
      events: ['Normal Answered', 'Normal QuestionAsked'],
    })
    expect(statusOf(plan)?.question?.id).toBe('que_1')
  })

  test('is followed by closer looks for a moment: another question may be behind it', () => {
    const again = (seconds: number) => {
      const answers = [{ ...given, time: at(-seconds) }]
      return decided({ parent: task(started(30), withStatus({ answers })), asking: [] }).againSeconds
    }
    expect([1, 9, 10, 60].map(again)).toEqual([3, 3, 15, 15])
  })

  const ignored = [
    { name: 'meant for another question', answer: 'approve per_0', says: /nothing with the id per_0 waits/ },
    { name: 'that is none', answer: 'yes', says: /must be approve ID/ },
    { name: 'that does not fit', answer: 'reply per_1 main', says: /approve or deny it/ },
  ]
  test.each(ignored)('$name is not used, and that is said', ({ answer, says }) => {
    const plan = decided({
      parent: task(started(30), withStatus({ question: shown }), pending, answered(answer)),
      asking: [permission],
    })
    expect(plan.tell).toEqual([])
    expect(plan.patch).toEqual(withoutAnswer)
    expect(plan.events?.map(({ reason, message }) => [reason, message])).toEqual([
      ['AnswerIgnored', expect.stringMatching(says)],
    ])
    expect(statusOf(plan)?.answers).toBeUndefined()
  })

  test('of nobody known is recorded as such, and a name is bounded and plain', () => {
    const by = (name: string | undefined) =>
      statusOf(decided({ parent: task(started(30), answered('approve per_1', name)), asking: [permission] }))
        ?.answers?.[0]?.by
    expect(by('')).toBe('unknown')
    expect(by(`a\u001b[2J${'b'.repeat(2000)}`)?.length).toBe(256)
  })

  test('only the last twenty are kept', () => {
    const answers = Array.from({ length: 20 }, (_, index) => ({ ...given, id: `per_old_${index}` }))
    const plan = decided({
      parent: task(started(30), withStatus({ answers }), answered('deny per_1 no')),
      asking: [permission],
    })
    expect(statusOf(plan)?.answers).toHaveLength(20)
    expect(statusOf(plan)?.answers?.at(-1)).toMatchObject({ id: 'per_1', verdict: 'Denied', reply: 'no' })
  })
})

describe('a Task that asks', () => {
  const job: Key = { kind: 'Task', namespace: 'default', name: 'job' }
  const coder: Key = { ...job, kind: 'Agent', name: 'coder' }
  const kubelet = (change: (one: Pod) => Pod) => change as (object: never) => KubeObject
  const person = (answer: string) => answered(answer) as (object: never) => KubeObject
  const written = (writes: readonly string[]) => writes.filter((write) => !write.startsWith('create Event'))

  const asks = async () => {
    const here = world(agent(withAgentSpec({ config: { permission: { bash: 'ask' } } })), serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    here.cluster.put(task())
    await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(working))
    await here.look(job)
    here.ask([permission])
    await here.change('Pod', 'job-pod', kubelet(asking))
    return here
  }

  test('costs one write to be seen, three to be answered, and none to wait', async () => {
    const here = await asks()
    expect(written(await here.look(job))).toEqual(['status Task default/job'])
    expect(await here.sweeps(job)).toEqual([])
    await here.change('Task', 'job', person('approve per_1'))
    expect(written(await here.look(job))).toEqual([
      'status Task default/job',
      'status Task default/job',
      'patch Task default/job',
    ])
    expect(here.told).toEqual(['per_1 Approved'])
    const { status, metadata } = await here.read('Task', 'job')
    expect(conditionTexts(status)).toEqual(['ApprovalPending=False Answered'])
    expect(status?.answers).toMatchObject([{ id: 'per_1', verdict: 'Approved', by: 'jane' }])
    expect(metadata.annotations ?? {}).toEqual({})
    expect(await here.sweeps(job, coder)).toEqual([])
  })

  test('is answered once, wherever the one who delivers dies', async () => {
    for (const dies of ['patch Task', 'status Task']) {
      const here = await asks()
      await here.look(job)
      await here.change('Task', 'job', person('deny per_1 not today'))
      let isDead = false
      here.cluster.refuse = (write) => {
        if (isDead || here.told.length === 0 || !write.startsWith(dies)) return undefined
        isDead = true
        return new Error('killed')
      }
      await expect(here.look(job)).rejects.toThrow('killed')
      await here.look(job)
      expect(here.told).toEqual(['per_1 Denied not today'])
      const { status, metadata } = await here.read('Task', 'job')
      expect(conditionTexts(status)).toEqual(['ApprovalPending=False Answered'])
      expect(status?.answers).toHaveLength(1)
      expect(metadata.annotations ?? {}).toEqual({})
      expect(await here.sweeps(job)).toEqual([])
    }
  })

  test('waits with its answer for a server that is away', async () => {
    const here = await asks()
    await here.look(job)
    await here.change('Task', 'job', person('approve per_1'))
    here.ask('unreachable')
    expect(await here.look(job)).toEqual([])
    here.ask([permission])
    await here.look(job)
    expect(here.told).toEqual(['per_1 Approved'])
  })

  test('is not looked at while its agent works, nor where it may not ask', async () => {
    for (const state of [working, running]) {
      const here = await asks()
      await here.change('Pod', 'job-pod', kubelet(state))
      if (state === running)
        await here.change('Pod', 'job-pod', ((one: Pod) => ({
          ...one,
          spec: { containers: [{ name: 'agent' }] },
        })) as never)
      expect(await here.look(job)).toEqual([])
    }
  })
})
