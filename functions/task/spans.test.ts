import { describe, expect, test } from 'vitest'
import type { Pod } from 'kubernetes-types/core/v1'
import type { TaskSession } from '../../crds/task.ts'
import type { Span } from '../../shared/span.ts'
import { agent } from '../../test/builders/agent.ts'
import type { Change } from '../../test/builders/change.ts'
import { withMetadata } from '../../test/builders/change.ts'
import {
  asking as askingPod,
  ended,
  evicted,
  initFailed,
  ownedBy,
  pod,
  running,
  withPodStatus,
} from '../../test/builders/pod.ts'
import { agentTarget, missing, taskSight, templateTarget } from '../../test/builders/sight.ts'
import {
  fromTemplate,
  started,
  stopRequested,
  task,
  withCondition,
  withPhase,
  withSpec,
  withStatus,
} from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { formatRunSummary } from '../pod/run/summary.ts'
import { decideTask } from './decide.ts'
import { taskRefused } from './refusals.ts'
import { taskSpans } from './spans.ts'
import type { TaskSight } from './sight.ts'

const uid = '0af76519-16cd-43dd-8448-eb211c80319c'
const traceId = uid.replaceAll('-', '')
const root = traceId.slice(16)
const owned = ownedBy({ kind: 'Task', name: 'job', uid })
const made = withMetadata({ uid, creationTimestamp: at(-100) })

const session: TaskSession = {
  id: 'ses_1',
  summary: { cost: '0.25', tokenUsage: { input: 1000, output: 50, reasoning: 20, cache: 300 }, filesChanged: 2 },
}

/** Times are seconds before `now`; `<` says the name of the parent. */
const line = (spans: readonly Span[], { name, parentSpanId, start, end, error }: Span): string => {
  const parent = spans.find(({ spanId }) => spanId === parentSpanId)?.name
  const [from, to] = [start, end].map((time) => (time.getTime() - now.getTime()) / 1000)
  return `${name} ${from}..${to}${parent === undefined ? '' : ` < ${parent}`}${error === undefined ? '' : ` ! ${error}`}`
}

const told = (sight: TaskSight, plan = decideTask(sight, now)): string[] => {
  const spans = taskSpans(sight, plan, now)
  return spans.map((span) => line(spans, span))
}

/** What a kubelet tells of a Pod that was scheduled, cloned a repository, and then ran its agent from 70 to 2 s ago. */
const lived: Change<Pod> = withPodStatus({
  phase: 'Succeeded',
  conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(-89) }],
  initContainerStatuses: [
    {
      name: 'git-init-0',
      image: '',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: { terminated: { exitCode: 0, startedAt: at(-88), finishedAt: at(-71) } },
    },
  ],
  containerStatuses: [
    {
      name: 'agent',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: {
        terminated: {
          exitCode: 0,
          startedAt: at(-70),
          finishedAt: at(-2),
          message: formatRunSummary({
            session: {
              id: 'ses_1',
              title: 'a title',
              messageCount: 4,
              tokenUsage: { input: 1000, output: 50, reasoning: 20, cache: 300 },
              cost: '0.25',
              filesChanged: 2,
              additions: 1,
              deletions: 1,
            },
            time: { began: now.getTime() - 68_500, ended: now.getTime() - 2_250 },
          }),
        },
      },
    },
  ],
})

interface Case {
  readonly name: string
  readonly seen: Partial<TaskSight>
  readonly want: readonly string[]
}

/** What decide plans is told, so that the two stay together. */
describe('the spans of a Task', () => {
  const cases: readonly Case[] = [
    { name: 'that gets its Pod are not told yet', seen: { parent: task(made) }, want: [] },
    {
      name: 'that leaves the queue tell of its wait',
      seen: {
        parent: task(
          made,
          withPhase('Queued'),
          withStatus({ queue: { position: 1, since: at(-40) } }),
          withCondition('Queued', 'True', 'AgentAtCapacity'),
        ),
      },
      want: ['queued -40..0'],
    },
    {
      name: 'that waits on tell nothing',
      seen: {
        parent: task(made, withPhase('Queued'), withStatus({ queue: { position: 1, since: at(-40) } })),
        target: agentTarget(agent()),
      },
      want: [],
    },
    {
      name: 'that has done its work tell all of it',
      seen: { parent: task(made, started(90)), pod: pod(owned, lived) },
      want: [
        'starting -90..-70 < task',
        'scheduling -90..-89 < starting',
        'init container -88..-71 < starting',
        'running -70..-2 < task',
        'invoke_agent coder -68.5..-2.25 < running',
        'task -100..0',
      ],
    },
    {
      name: 'whose client says no times has a session as long as its container',
      seen: { parent: task(made, started(90)), pod: pod(owned, running, ended(0)), session: { session } },
      want: [
        'starting -90..-90 < task',
        'running -90..-1 < task',
        'invoke_agent coder -90..-1 < running',
        'task -100..0',
      ],
    },
    {
      name: 'of a template, too',
      seen: { parent: task(made, started(90), fromTemplate), target: templateTarget(), pod: pod(owned, lived) },
      want: [
        'starting -90..-70 < task',
        'scheduling -90..-89 < starting',
        'init container -88..-71 < starting',
        'running -70..-2 < task',
        'invoke_agent base -68.5..-2.25 < running',
        'task -100..0',
      ],
    },
    {
      name: 'whose agent failed say why',
      seen: { parent: task(made, started(90)), pod: pod(owned, running, ended(1, 'no luck\nat all')) },
      want: [
        'starting -90..-90 < task',
        "running -90..-1 < task ! AgentRunFailed: the agent's run ended with exit code 1: no luck at all",
        "task -100..0 ! AgentRunFailed: the agent's run ended with exit code 1: no luck at all",
      ],
    },
    {
      name: 'whose clone failed never ran',
      seen: {
        parent: task(made, started(90)),
        pod: pod(owned, initFailed('git-init-0', 128, 'no such branch'), (one) => ({
          ...one,
          status: {
            ...one.status,
            initContainerStatuses: (one.status?.initContainerStatuses ?? []).map((status) => ({
              ...status,
              state: { terminated: { exitCode: 128, startedAt: at(-80), finishedAt: at(-3) } },
            })),
          },
        })),
      },
      want: [
        'starting -90..0 < task ! PodFailed: init container git-init-0 ended with exit code 128: no message',
        'init container -80..-3 < starting ! exit code 128',
        'task -100..0 ! PodFailed: init container git-init-0 ended with exit code 128: no message',
      ],
    },
    {
      name: 'whose Pod was evicted before its agent ran',
      seen: { parent: task(made, started(90)), pod: pod(owned, evicted('no memory')) },
      want: [
        'starting -90..0 < task ! PodFailed: the Pod was ended by the cluster: Evicted: no memory',
        'task -100..0 ! PodFailed: the Pod was ended by the cluster: Evicted: no memory',
      ],
    },
    {
      name: 'whose Pod is gone cannot say when its agent began',
      seen: { parent: task(made, started(90)) },
      want: [
        'running -90..0 < task ! PodLost: Pod job-pod is gone before the agent had finished',
        'task -100..0 ! PodLost: Pod job-pod is gone before the agent had finished',
      ],
    },
    {
      name: 'that overran its timeout',
      seen: { parent: task(made, started(61), withSpec({ timeout: '1m' })), pod: pod(owned, running) },
      want: [
        'starting -61..-5 < task',
        'running -5..0 < task ! Timeout: not finished within its timeout of 1m',
        'task -100..0 ! Timeout: not finished within its timeout of 1m',
      ],
    },
    {
      name: 'that was stopped at work',
      seen: {
        parent: task(made, started(61), withMetadata({ annotations: { 'kubeopencode.io/stop': 'true' } })),
        pod: pod(owned, running),
      },
      want: [
        'starting -61..-5 < task',
        'running -5..0 < task ! UserStopped: stopped by the annotation kubeopencode.io/stop=true',
        'task -100..0 ! UserStopped: stopped by the annotation kubeopencode.io/stop=true',
      ],
    },
    {
      name: 'that was stopped in the queue',
      seen: {
        parent: task(made, withPhase('Queued'), withStatus({ queue: { position: 1, since: at(-40) } }), stopRequested),
      },
      want: [
        'queued -40..0 < task ! UserStopped: stopped by the annotation kubeopencode.io/stop=true',
        'task -100..0 ! UserStopped: stopped by the annotation kubeopencode.io/stop=true',
      ],
    },
    {
      name: 'that names what is not there',
      seen: { parent: task(made, withCondition('Ready', 'False', 'AgentError')), target: missing() },
      want: ['task -100..0 ! AgentError: Agent default/coder does not exist; once it is there, create the Task again'],
    },
    {
      name: 'that has ended are told no more',
      seen: { parent: task(made, withPhase('Failed')), pod: pod(owned, lived) },
      want: [],
    },
    {
      name: 'of no UUID belong nowhere',
      seen: { parent: task(started(90)), pod: pod(lived) },
      want: [],
    },
    {
      name: 'that nobody records are not told',
      seen: {
        parent: task(
          made,
          started(90),
          withMetadata({ annotations: { 'kubeopencode.io/traceparent': `00-${traceId}-${root}-00` } }),
        ),
        pod: pod(owned, lived),
      },
      want: [],
    },
  ]
  test.each(cases)('$name', ({ seen, want }) => expect(told(taskSight(seen))).toEqual(want))

  test('whose Pod was refused end with that', () => {
    const sight = taskSight({ parent: task(made) })
    expect(told(sight, taskRefused(sight, 'Pod default/job-pod is forbidden', now))).toEqual([
      'task -100..0 ! PodCreationError: Pod default/job-pod is forbidden',
    ])
  })

  test('tell of a question once nobody is asked any more, and neither its words nor who answered', () => {
    const question = { id: 'per_1', kind: 'Permission' as const, text: 'bash: secret', since: at(-30) }
    const answer = {
      id: 'per_1',
      kind: 'Permission' as const,
      text: 'bash: secret',
      verdict: 'Approved' as const,
      by: 'ada',
      time: at(-4),
    }
    const parent = task(made, started(61), withStatus({ question, answers: [answer] }))
    const spans = (asks: TaskSight['asking'] & object) => {
      const sight = taskSight({ parent, pod: pod(owned, askingPod), asking: asks })
      return taskSpans(sight, decideTask(sight, now), now)
    }
    const [span, ...others] = spans([])
    expect(others).toEqual([])
    expect(span).toMatchObject({
      name: 'asking',
      start: new Date(at(-30)),
      end: new Date(at(-4)),
      attributes: { 'kubeopencode.question.kind': 'Permission', 'kubeopencode.question.verdict': 'Approved' },
    })
    expect(JSON.stringify(span)).not.toMatch(/secret|ada/)
    const ending = taskSpans(
      taskSight({ parent, pod: pod(owned, lived) }),
      decideTask(taskSight({ parent, pod: pod(owned, lived) }), now),
      now,
    )
    expect(ending.find(({ name }) => name === 'running')?.spanId).toBe(span?.parentSpanId)
    expect(ending.map(({ name }) => name)).toContain('asking')
  })
})

describe('a whole trace', () => {
  const sight = taskSight({ parent: task(made, started(90)), pod: pod(owned, lived) })
  const spans = taskSpans(sight, decideTask(sight, now), now)
  const named = (name: string) => spans.find((span) => span.name === name)

  test('is that of the Task’s uid, and its root is what the Pod was told', () => {
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    expect(named('task')?.spanId).toBe(root)
    expect(named('task')?.parentSpanId).toBeUndefined()
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
  })

  test('is told the same by every copy', () => expect(taskSpans(sight, decideTask(sight, now), now)).toEqual(spans))

  test('goes on below the span that whoever made the Task gave', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const parent = task(
      made,
      started(90),
      withMetadata({ annotations: { 'kubeopencode.io/traceparent': traceparent } }),
    )
    const given = taskSpans({ ...sight, parent }, decideTask({ ...sight, parent }, now), now)
    expect(new Set(given.map((span) => span.traceId))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']))
    expect(given.filter(({ parentSpanId }) => parentSpanId === '00f067aa0ba902b7').map(({ name }) => name)).toEqual([
      'task',
    ])
    expect(given.find(({ name }) => name === 'task')?.spanId).not.toBe(root)
  })

  test('says what was worked with and what it cost, in the words of the conventions', () => {
    expect(named('task')?.attributes).toEqual({
      'k8s.namespace.name': 'default',
      'k8s.pod.name': 'job-pod',
      'kubeopencode.task.name': 'job',
      'kubeopencode.task.uid': uid,
      'kubeopencode.task.phase': 'Completed',
      'kubeopencode.task.reason': 'Completed',
      'kubeopencode.agent.name': 'coder',
    })
    expect(named('invoke_agent coder')).toMatchObject({
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'coder',
        'gen_ai.conversation.id': 'ses_1',
        'gen_ai.usage.input_tokens': 1300,
        'gen_ai.usage.output_tokens': 70,
        'gen_ai.usage.reasoning.output_tokens': 20,
        'kubeopencode.session.cost_usd': 0.25,
        'kubeopencode.session.files_changed': 2,
      },
    })
    expect(named('init container')?.attributes['k8s.container.name']).toBe('git-init-0')
  })

  test('is short and on one line, whatever a Pod says', () => {
    const loud = 'a\n\u202Eb\uD800'.repeat(1_000)
    const seen = {
      ...sight,
      pod: pod(owned, running, ended(1, JSON.stringify({ session: { id: loud }, error: loud }))),
    }
    const failed = taskSpans(seen, decideTask(seen, now), now)
    const texts = failed.flatMap(({ error = '', attributes }) => [error, ...Object.values(attributes)].map(String))
    expect(texts.some((text) => text.length > 200)).toBe(true)
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(512)
      expect(text).toMatch(/^[^\n\u202E\uD800]*$/u)
    }
  })

  test('leaves out what goes on to run beside the agent', () => {
    const beside = pod(owned, lived, (one) => {
      const [clone] = one.status?.initContainerStatuses ?? []
      const sidecar = { ...clone!, name: 'mesh', state: { running: { startedAt: at(-88) } } }
      return { ...one, status: { ...one.status, initContainerStatuses: [sidecar, clone!] } }
    })
    const seen = { ...sight, pod: beside }
    const inits = taskSpans(seen, decideTask(seen, now), now).filter(({ name }) => name === 'init container')
    expect(inits.map(({ attributes }) => attributes['k8s.container.name'])).toEqual(['git-init-0'])
  })

  test.each([
    { name: 'before its container', time: { began: 1, ended: 2 } },
    { name: 'in the future', time: { began: now.getTime() + 1e9, ended: now.getTime() + 1e12 } },
  ])('holds a session within its container, also where the runner says $name', ({ time }) => {
    const liar = pod(owned, lived, (one) => {
      const [status] = one.status?.containerStatuses ?? []
      const message = JSON.stringify({ session: { id: 'ses_1' }, time })
      const terminated = { exitCode: 0, ...status?.state?.terminated, message }
      return {
        ...one,
        status: { ...one.status, containerStatuses: status ? [{ ...status, state: { terminated } }] : [] },
      }
    })
    const seen = { ...sight, pod: liar }
    const [container, told] = ['running', 'invoke_agent coder'].map((wanted) =>
      taskSpans(seen, decideTask(seen, now), now).find(({ name }) => name === wanted),
    )
    expect(told!.start.getTime()).toBeGreaterThanOrEqual(container!.start.getTime())
    expect(told!.end.getTime()).toBeLessThanOrEqual(Math.max(container!.end.getTime(), now.getTime()))
  })
})
