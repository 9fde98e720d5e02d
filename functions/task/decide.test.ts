import { describe, expect, test } from 'vitest'
import {
  agent,
  agentTemplate,
  ready,
  withAgentCondition,
  withAgentSpec,
  withSlots,
  withStarts,
  withTemplateSpec,
  withAgentStatus,
} from '../../test/builders/agent.ts'
import { deleted } from '../../test/builders/change.ts'
import { configMap } from '../../test/builders/core.ts'
import {
  ended,
  evicted,
  initFailed,
  ownedBy,
  pod,
  running,
  theTask,
  unschedulable,
  waiting,
  withPodStatus,
} from '../../test/builders/pod.ts'
import { agentTarget, missing, settings, taskSight, templateTarget } from '../../test/builders/sight.ts'
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
import { at, later, now } from '../../test/builders/time.ts'
import type { Told } from '../../test/builders/told.ts'
import { messageOf, told } from '../../test/builders/told.ts'
import { decideTask, taskRefused } from './decide.ts'
import type { TaskSight } from './sight.ts'

const title = 'kubeopencode/default/job/task-uid'
const abort = [`coder:guard ${title}`]
const removePod = ['Pod default/job-pod pod-uid-1']
const created = ['ConfigMap default/job-context', 'Pod default/job-pod']
const wake = ['Agent/default/coder']

interface Case {
  readonly name: string
  readonly sight: Partial<TaskSight>
  readonly want: Told
  /** Type of a condition, and what its message must say. */
  readonly says?: readonly [type: string, message: string | RegExp]
}

const table = (cases: readonly Case[]) =>
  test.each(cases)('$name', ({ sight, want, says }) => {
    const plan = decideTask(taskSight(sight), now)
    expect(told(plan)).toEqual(want)
    if (says) expect(messageOf(plan, says[0])).toMatch(says[1])
  })

const stranger = ownedBy({ kind: 'Task', name: 'other', uid: 'other-uid' })
const earlier = ownedBy({ kind: 'Task', name: 'job', uid: 'task-uid-0' })
const ownMap = ownedBy(theTask)(configMap('job-context', { 'file-0': 'Fix the bug.' }))

describe('a finished Task', () => {
  table([
    { name: 'is final when completed', sight: { parent: task(withPhase('Completed')) }, want: {} },
    {
      name: 'is final when failed, whatever its Pod says',
      sight: { parent: task(withPhase('Failed')), pod: pod(ended(0)) },
      want: {},
    },
    {
      name: 'is final when it is asked to stop',
      sight: { parent: task(withPhase('Failed'), stopRequested) },
      want: {},
    },
    {
      name: 'ends a Pod that another copy made while it was being stopped',
      sight: { parent: task(withPhase('Completed'), stopRequested), pod: pod(running) },
      want: { abort, remove: removePod },
    },
    {
      name: 'does not end a Pod that is ending already',
      sight: { parent: task(withPhase('Completed')), pod: pod(running, deleted(at(20))) },
      want: {},
    },
    {
      name: 'leaves a Pod alone that is not its own',
      sight: { parent: task(withPhase('Completed')), pod: stranger(pod(running)) },
      want: {},
    },
  ])
})

test('a Task that is being deleted is left to the garbage collector', () =>
  expect(decideTask(taskSight({ parent: task(deleted(at(0)), stopRequested), pod: pod(running) }), now)).toEqual({}))

describe('a stop on request', () => {
  const stopped = { phase: 'Completed', conditions: ['Stopped=True UserStopped'], events: ['Normal Stopped'] }
  table([
    { name: 'before anything was made', sight: { parent: task(stopRequested) }, want: stopped },
    {
      name: 'ends the session on the server before the Pod',
      sight: { parent: task(started(10), stopRequested), pod: pod(running) },
      want: { ...stopped, abort, remove: removePod },
    },
    {
      name: 'ends only the Pod where there is no server',
      sight: { parent: task(fromTemplate, started(10), stopRequested), target: templateTarget(), pod: pod(running) },
      want: { ...stopped, remove: removePod },
    },
    {
      name: 'ends only the Pod of a custom command',
      sight: {
        parent: task(started(10), stopRequested),
        target: agentTarget(agent(ready, withAgentSpec({ command: ['true'] }))),
        pod: pod(running),
      },
      want: { ...stopped, remove: removePod },
    },
    {
      name: 'never ends a Pod of somebody else',
      sight: { parent: task(stopRequested), pod: stranger(pod(running)) },
      want: stopped,
    },
    {
      name: 'takes a waiting Task out of the queue and tells the Agent that counted it',
      sight: { parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentSuspended'), stopRequested) },
      want: { ...stopped, wake },
    },
    {
      name: 'frees the slot of an Agent with limits',
      sight: {
        parent: task(started(10), stopRequested),
        target: agentTarget(agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1'))),
        pod: pod(running),
      },
      want: { ...stopped, abort, remove: removePod, turns: wake },
    },
    {
      name: 'comes before a timeout',
      sight: { parent: task(withSpec({ timeout: '1m' }), started(90), stopRequested) },
      want: stopped,
    },
    {
      name: 'needs the value true',
      sight: {
        parent: task((one) => ({
          ...one,
          metadata: { ...one.metadata, annotations: { 'kubeopencode.io/stop': 'false' } },
        })),
      },
      want: {
        phase: 'Running',
        create: created,
        events: ['Normal PodCreated'],
        again: 600,
      },
    },
  ])
})

describe('a timeout, counted from startTime', () => {
  const overdue = { phase: 'Completed', conditions: ['Stopped=True Timeout'], events: ['Warning Timeout'] }
  const limited = withSpec({ timeout: '1m' })
  table([
    {
      name: 'one second before, it runs on and looks again then',
      sight: { parent: task(limited, started(59)), pod: pod(running) },
      want: { phase: 'Running', again: 1 },
    },
    {
      name: 'at the very second, it ends',
      sight: { parent: task(limited, started(60)), pod: pod(running) },
      want: { ...overdue, abort, remove: removePod },
      says: ['Stopped', /timeout of 1m/],
    },
    {
      name: 'a Pod that succeeded in time counts, though the news is late',
      sight: { parent: task(limited, started(90)), pod: pod(ended(0)) },
      want: { phase: 'Completed', conditions: ['Complete=True Completed'], events: ['Normal Completed'] },
    },
    {
      name: 'a Pod that this timeout has removed, before a crash, is no lost Pod',
      sight: { parent: task(limited, started(90)), pod: pod(ended(143), deleted(at(20))) },
      want: { ...overdue, abort, remove: removePod },
    },
    {
      name: 'nor is one that is gone by now',
      sight: { parent: task(limited, started(90)) },
      want: overdue,
    },
    {
      name: 'a Task that has not started has all its time',
      sight: { parent: task(limited, withPhase('Queued')) },
      want: { phase: 'Running', create: created, events: ['Normal PodCreated'], again: 60 },
    },
  ])
})

describe('names that are taken', () => {
  const refused = (reason: string, event: string) => ({
    phase: 'Failed',
    conditions: [`Ready=False ${reason}`, `Failed=True ${reason}`],
    events: [`Warning ${event}`],
  })
  table([
    {
      name: 'a Pod of another owner',
      sight: { pod: stranger(pod(running)) },
      want: refused('PodCreationError', 'PodCreationFailed'),
      says: ['Ready', 'Pod default/job-pod belongs to another owner; rename the Task or remove that object'],
    },
    {
      name: 'a ConfigMap that nobody owns',
      sight: { configMap: configMap('job-context') },
      want: refused('ConfigMapCreationError', 'Failed'),
      says: ['Ready', 'ConfigMap default/job-context belongs to another owner'],
    },
    {
      name: 'a Pod of an earlier Task of this name is waited for',
      sight: { pod: earlier(pod(running, deleted(at(20)))) },
      want: { phase: 'Pending', conditions: ['Ready=False PodPending'], again: 5 },
    },
    {
      name: 'and so is its ConfigMap',
      sight: { configMap: earlier(configMap('job-context')) },
      want: { phase: 'Pending', conditions: ['Ready=False PodPending'], again: 5 },
    },
  ])
})

const summary = {
  id: 'ses_1',
  title,
  messageCount: 2,
  tokenUsage: { input: 10, output: 5, reasoning: 0, cache: 0 },
  cost: '0.01',
  filesChanged: 1,
  additions: 2,
  deletions: 3,
}
const { id: _id, title: _title, ...figures } = summary

describe('the verdict of a Pod', () => {
  const completed = { phase: 'Completed', conditions: ['Complete=True Completed'], events: ['Normal Completed'] }
  const failed = (reason: string) => ({
    phase: 'Failed',
    conditions: [`Failed=True ${reason}`],
    events: ['Warning Failed'],
  })
  /** Whoever was killed says nothing of its session, which may still be at work on the server. */
  const silent = (reason: string) => ({ ...failed(reason), abort })
  const parent = task(started(10))
  table([
    { name: 'success', sight: { parent, pod: pod(ended(0)) }, want: completed },
    {
      name: 'success while a container that somebody put beside it runs on',
      sight: { parent, pod: pod(ended(0), withPodStatus({ phase: 'Running' })) },
      want: completed,
    },
    {
      name: 'success, though a container that somebody put beside it fails',
      sight: { parent, pod: pod(ended(0), withPodStatus({ phase: 'Failed' })) },
      want: completed,
    },
    {
      name: 'an exit code',
      sight: { parent, pod: pod(ended(2, 'no such file')) },
      want: silent('AgentRunFailed'),
      says: ['Failed', "the agent's run ended with exit code 2: no such file"],
    },
    {
      name: 'an error of the session, said by the runner',
      sight: { parent, pod: pod(ended(1, JSON.stringify({ session: summary, error: 'The model refused.' }))) },
      want: failed('AgentRunFailed'),
      says: ['Failed', 'The model refused.'],
    },
    {
      name: 'no session at all',
      sight: { parent, pod: pod(ended(1, JSON.stringify({ error: 'The server did not answer.' }))) },
      want: silent('SessionLost'),
      says: ['Failed', 'The server did not answer.'],
    },
    {
      name: 'an error that only the server knows of',
      sight: { parent, pod: pod(ended(0)), session: { session: { id: 'ses_1' }, error: 'quota used up' } },
      want: failed('AgentRunFailed'),
      says: ['Failed', 'quota used up'],
    },
    {
      name: 'a server that does not answer leaves the Pod’s word standing',
      sight: { parent, pod: pod(ended(0)), session: 'unreachable' },
      want: { ...completed, conditions: ['Complete=True Completed', 'SessionVerified=Unknown ServerUnreachable'] },
    },
    {
      name: 'too much memory',
      sight: { parent, pod: pod(ended(137, undefined, 'OOMKilled')) },
      want: silent('OOMKilled'),
      says: ['Failed', /more memory than its limit/],
    },
    {
      name: 'an eviction',
      sight: { parent, pod: pod(evicted('The node was low on resource: memory.')) },
      want: silent('PodFailed'),
      says: ['Failed', 'Evicted: The node was low on resource: memory.'],
    },
    {
      name: 'an init container',
      sight: { parent, pod: pod(initFailed('git-init-0', 128, 'repository not found')) },
      want: silent('PodFailed'),
      says: ['Failed', 'init container git-init-0 ended with exit code 128: repository not found'],
    },
    {
      name: 'nothing said at all',
      sight: { parent, pod: pod(withPodStatus({ phase: 'Failed' })) },
      want: silent('PodFailed'),
    },
    {
      name: 'deleted by somebody while it ran',
      sight: { parent, pod: pod(ended(143), deleted(at(10))) },
      want: silent('PodLost'),
    },
    {
      name: 'gone',
      sight: { parent },
      want: silent('PodLost'),
      says: ['Failed', 'Pod job-pod is gone before the agent had finished'],
    },
    {
      name: 'gone, and its Agent too',
      sight: { parent, target: missing() },
      want: failed('PodLost'),
    },
    {
      name: 'Ready had said what the Pod waited for',
      sight: { parent: task(started(10), withCondition('Ready', 'False', 'PodPending')), pod: pod(ended(0)) },
      want: { ...completed, conditions: ['Ready=True Completed', 'Complete=True Completed'] },
    },
    {
      name: 'the end of a Task of an Agent with limits is the turn of the next',
      sight: {
        parent,
        pod: pod(ended(0)),
        target: agentTarget(agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1'))),
      },
      want: { ...completed, turns: wake },
    },
  ])

  test('the session goes to the status', () => {
    const bySummary = decideTask(taskSight({ parent, pod: pod(ended(0, JSON.stringify({ session: summary }))) }), now)
    expect(bySummary.status).toMatchObject({ completionTime: at(0), session: { id: 'ses_1', title, summary: figures } })
    const byServer = decideTask(taskSight({ parent, pod: pod(ended(0)), session: { session: { id: 'ses_2' } } }), now)
    expect(byServer.status).toMatchObject({ session: { id: 'ses_2' } })
  })
})

describe('a Pod that is there', () => {
  const parent = task(started(10))
  const runs = { phase: 'Running' }
  const neverStarted: Parameters<typeof pod>[0] = (one) => ({
    ...unschedulable('0/3 nodes are available')(one),
    metadata: { ...one.metadata, creationTimestamp: at(-600) },
  })
  const givenUp = (reason: string) => task(started(10), withCondition('Ready', 'False', reason))
  const silenced = (reason: string) => ({
    phase: 'Failed',
    conditions: [`Ready=False ${reason}`, `Failed=True ${reason}`],
    events: ['Warning Failed'],
  })
  table([
    { name: 'runs, and nothing else would tell', sight: { parent, pod: pod(running) }, want: runs },
    {
      name: 'has not started yet',
      sight: { parent, pod: pod() },
      want: { ...runs, again: 590 },
    },
    {
      name: 'pulls its images',
      sight: { parent, pod: pod(waiting('ContainerCreating')) },
      want: { ...runs, again: 590 },
    },
    {
      name: 'cannot pull its image: the kubelet’s words',
      sight: { parent, pod: pod(waiting('ImagePullBackOff', 'Back-off pulling image')) },
      want: { ...runs, conditions: ['Ready=False PodPending'], again: 590 },
      says: [
        'Ready',
        'container agent (image example.com/image:v1) cannot start: ImagePullBackOff: Back-off pulling image',
      ],
    },
    {
      name: 'an init container cannot pull its image',
      sight: { parent, pod: pod(waiting('ErrImagePull', 'not found', 'opencode-init')) },
      want: { ...runs, conditions: ['Ready=False PodPending'], again: 590 },
      says: ['Ready', /container opencode-init .*ErrImagePull: not found/],
    },
    {
      name: 'cannot be scheduled: the scheduler’s words',
      sight: { parent, pod: pod(unschedulable('0/3 nodes are available')) },
      want: { ...runs, conditions: ['Ready=False PodPending'], again: 590 },
      says: ['Ready', 'the Pod cannot be scheduled: Unschedulable: 0/3 nodes are available'],
    },
    {
      name: 'starts at last, and says no more what kept it',
      sight: {
        parent: task(started(10), withCondition('Ready', 'False', 'PodPending')),
        pod: pod(waiting('ContainerCreating')),
      },
      want: { ...runs, again: 590 },
    },
    {
      name: 'runs after trouble',
      sight: { parent: task(started(10), withCondition('Ready', 'False', 'PodPending')), pod: pod(running) },
      want: { ...runs, conditions: ['Ready=True PodRunning'] },
    },
    {
      name: 'never started, which is said before its Pod is deleted',
      sight: { parent, pod: pod(neverStarted) },
      want: { ...runs, conditions: ['Ready=False PodStartTimeout'], again: 0 },
      says: ['Ready', /did not start within 600 s: the Pod cannot be scheduled/],
    },
    {
      name: 'never started, as was said',
      sight: { parent: givenUp('PodStartTimeout'), pod: pod(neverStarted) },
      want: { ...silenced('PodStartTimeout'), abort, remove: removePod },
      says: ['Failed', /did not start within 600 s: the Pod cannot be scheduled/],
    },
    {
      name: 'never started, as was said by one who has deleted its Pod and no more',
      sight: { parent: givenUp('PodStartTimeout') },
      want: { ...silenced('PodStartTimeout'), abort },
    },
    {
      name: 'a wrong image name never mends',
      sight: { parent: givenUp('PodFailed'), pod: pod(waiting('InvalidImageName', 'invalid reference format')) },
      want: { ...silenced('PodFailed'), abort, remove: removePod },
    },
    {
      name: 'looks again for the nearer of timeout and start',
      sight: { parent: task(withSpec({ timeout: '1m' }), started(10)), pod: pod() },
      want: { ...runs, again: 50 },
    },
    {
      name: 'is being deleted and may still end well',
      sight: { parent, pod: pod(running, deleted(at(20))) },
      want: { ...runs, again: 50 },
    },
    {
      name: 'was deleted, and its node never said that it ended',
      sight: { parent, pod: pod(running, deleted(at(-30))) },
      want: { phase: 'Failed', conditions: ['Failed=True PodLost'], events: ['Warning Failed'], abort },
      says: ['Failed', /its node does not say/],
    },
    {
      name: 'was created just before a crash: the status is told now',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentServerNotReady')),
        pod: pod(running),
      },
      want: { ...runs, conditions: ['Queued=False NoLimits'] },
    },
  ])

  test('a start that nobody wrote down is when the Pod was made', () =>
    expect(decideTask(taskSight({ pod: pod(running) }), now).status).toMatchObject({
      podName: 'job-pod',
      startTime: at(-10),
    }))
})

describe('what a Task names and is not there', () => {
  const waits = { phase: 'Pending', conditions: ['Ready=False AgentError'], again: 5 }
  const since = (seconds: number) =>
    task(withPhase('Pending'), withCondition('Ready', 'False', 'AgentError', { lastTransitionTime: at(-seconds) }))
  table([
    {
      name: 'waits for it, with the reason shown',
      sight: { target: missing() },
      want: waits,
      says: ['Ready', 'Agent default/coder does not exist; waiting for it for 5 s before giving up'],
    },
    {
      name: 'waits for the rest of the five seconds',
      sight: { parent: since(3), target: missing() },
      want: { ...waits, again: 2 },
    },
    {
      name: 'is failed then',
      sight: { parent: since(5), target: missing() },
      want: {
        phase: 'Failed',
        conditions: ['Ready=False AgentError', 'Failed=True AgentError'],
        events: ['Warning Failed'],
      },
      says: ['Ready', 'Agent default/coder does not exist; once it is there, create the Task again'],
    },
    {
      name: 'waits anew when its Agent goes while it is queued',
      sight: {
        parent: task(
          withPhase('Queued'),
          withCondition('Queued', 'True', 'AgentSuspended', { lastTransitionTime: at(-3600) }),
        ),
        target: missing(),
      },
      want: waits,
    },
    {
      name: 'starts once it is there',
      sight: { parent: since(3) },
      want: {
        phase: 'Running',
        conditions: ['Ready=True PodRunning'],
        create: created,
        events: ['Normal PodCreated'],
        again: 600,
      },
    },
  ])
})

describe('an Agent that cannot take the Task yet', () => {
  const queued = (reason: string, event = 'Queued') => ({
    phase: 'Queued',
    conditions: [`Queued=True ${reason}`],
    events: [`Normal ${event}`],
    wake,
  })
  const limited = withAgentSpec({ maxConcurrentTasks: 2 })
  const quota = withAgentSpec({ quota: { maxTaskStarts: 2, windowSeconds: 60 } })
  table([
    {
      name: 'suspended',
      sight: { target: agentTarget(agent(withAgentSpec({ suspend: true }))) },
      want: queued('AgentSuspended'),
      says: [
        'Queued',
        'Agent coder is suspended by a person; set spec.suspend to false to resume it; position 1 in the queue',
      ],
    },
    { name: 'new', sight: { target: agentTarget(agent()) }, want: queued('AgentServerNotReady') },
    {
      name: 'not ready, and it says why',
      sight: { target: agentTarget(agent(withAgentCondition('Ready', 'False', 'InvalidServiceAccount', 'no bot'))) },
      want: queued('AgentServerNotReady'),
      says: ['Queued', 'waiting for the server of Agent coder to become ready: no bot'],
    },
    {
      name: 'at capacity',
      sight: { target: agentTarget(agent(ready, limited, withSlots('a', 'b'))) },
      want: queued('AgentAtCapacity'),
      says: ['Queued', /Agent coder runs 2 of 2 Tasks; the end of one of them, .* makes room; position 1 in the queue/],
    },
    {
      name: 'quota used up',
      sight: { target: agentTarget(agent(ready, quota, withStarts(10, 20))) },
      want: queued('QuotaExceeded', 'QuotaExceeded'),
      says: ['Queued', /started 2 Tasks within 60 s/],
    },
    {
      name: 'both: the slot comes first',
      sight: {
        target: agentTarget(agent(ready, limited, quota, withSlots('a', 'b'), withStarts(10, 20))),
      },
      want: queued('AgentAtCapacity'),
    },
    {
      name: 'says nothing new while the reason stays',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentSuspended')),
        target: agentTarget(agent(withAgentSpec({ suspend: true }))),
      },
      want: { phase: 'Queued', conditions: ['Queued=True AgentSuspended'] },
    },
    {
      name: 'says so when the reason changes',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentSuspended')),
        target: agentTarget(agent()),
      },
      want: queued('AgentServerNotReady'),
    },
    {
      name: 'no longer lacks what it waited for before',
      sight: {
        parent: task(withPhase('Pending'), withCondition('Ready', 'False', 'AgentError')),
        target: agentTarget(agent()),
      },
      want: queued('AgentServerNotReady'),
    },
    {
      name: 'has room: its own function says whose turn it is, and nothing is written',
      sight: { target: agentTarget(agent(ready, limited, withSlots('a'))) },
      want: { wake, again: 2 },
    },
    {
      name: 'has room again while the Task is queued',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentAtCapacity')),
        target: agentTarget(agent(ready, limited, withSlots('a'))),
      },
      want: { wake },
    },
    {
      name: 'has room because starts have left the window',
      sight: { target: agentTarget(agent(ready, quota, withStarts(10, 61))) },
      want: { wake, again: 2 },
    },
    {
      name: 'has room but a fault, and so gives out no turns',
      sight: {
        target: agentTarget(agent(ready, limited, withAgentCondition('Ready', 'False', 'InvalidContext', 'no map'))),
      },
      want: queued('AgentServerNotReady'),
      says: ['Queued', 'Agent coder gives out no turns: no map'],
    },
  ])
})

describe('a start', () => {
  const starts = { phase: 'Running', create: created, events: ['Normal PodCreated'], again: 600 }
  const limited = agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1'))
  const contexts = [{ name: 'rules', configMap: { name: 'rules', optional: false }, fileMode: 0o644 }]
  const internal = { source: 'http://10.0.0.1/', insecureSkipTLSVerify: false, timeout: 30 }
  const needy = task(withSpec({ contexts }))
  table([
    { name: 'at a ready Agent', sight: {}, want: starts },
    {
      name: 'from a template',
      sight: { parent: task(fromTemplate), target: templateTarget(agentTemplate()) },
      want: starts,
    },
    {
      name: 'not from a template that OpenCode would not start with',
      sight: {
        parent: task(fromTemplate),
        target: templateTarget(agentTemplate(withTemplateSpec({ config: '{"share": "all"}' }))),
      },
      want: {
        phase: 'Failed',
        conditions: ['Ready=False AgentError', 'Failed=True AgentError'],
        events: ['Warning Failed'],
      },
      says: ['Ready', 'AgentTemplate base: spec.config.share: must be one of manual, auto, disabled'],
    },
    {
      name: 'not with a context that the cluster does not allow',
      sight: {
        settings: { ...settings, security: { ...settings.security, allowPrivateAddresses: false } },
        parent: task(withSpec({ contexts: [{ url: internal, fileMode: 0o644 }] })),
      },
      want: {
        phase: 'Failed',
        conditions: ['Ready=False ContextError', 'Failed=True ContextError'],
        events: ['Warning Failed'],
      },
      says: ['Ready', 'spec.contexts[0].url.source: must be another host: 10.0.0.1 is a private address'],
    },
    { name: 'with a slot', sight: { target: agentTarget(limited) }, want: starts },
    {
      name: 'after the queue of an Agent with limits',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentAtCapacity')),
        target: agentTarget(limited),
      },
      want: { ...starts, conditions: ['Queued=False CapacityAvailable'] },
    },
    {
      name: 'not before the Task whose turn came before',
      sight: { target: agentTarget(limited), predecessor: task(withPhase('Queued')) },
      want: { again: 0.05 },
    },
    {
      name: 'after the Task whose turn came before, which has begun',
      sight: { target: agentTarget(limited), predecessor: task(withPhase('Running')) },
      want: starts,
    },
    {
      name: 'and the Task whose turn comes next is told',
      sight: { target: agentTarget(withSlots('task-uid-1', 'next')(limited)) },
      want: { ...starts, wake: ['Task/default/next'] },
    },
    {
      name: 'long after its turn, which its Agent is told: the start counts from now',
      sight: {
        target: agentTarget(
          withSlots('task-uid-1')(
            agent(
              ready,
              withAgentSpec({ quota: { maxTaskStarts: 1, windowSeconds: 60 } }),
              withAgentStatus({
                taskStartHistory: [
                  { taskName: 'job', taskNamespace: 'default', uid: 'task-uid-1', startTime: at(-30) },
                ],
              }),
            ),
          ),
        ),
      },
      want: { ...starts, wake },
    },
    {
      name: 'after waiting for an Agent without limits',
      sight: { parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentServerNotReady')) },
      want: { ...starts, conditions: ['Queued=False NoLimits'], wake },
    },
    {
      name: 'with the ConfigMap of an attempt that got no further',
      sight: { configMap: ownMap },
      want: { ...starts, create: ['Pod default/job-pod'] },
    },
    {
      name: 'with another ConfigMap where the Task was changed since',
      sight: { parent: task(withSpec({ description: 'Fix both bugs.' })), configMap: ownMap },
      want: { ...starts, remove: ['ConfigMap default/job-context job-context-uid'] },
    },
    {
      name: 'looks again when the Task times out',
      sight: { parent: task(withSpec({ timeout: '90s' })) },
      want: { ...starts, again: 90 },
    },
    {
      name: 'waits for a ConfigMap',
      sight: { parent: needy, contextMaps: new Map([['rules', undefined]]) },
      want: { phase: 'Pending', conditions: ['Ready=False ContextError'], again: 5 },
      says: ['Ready', /ConfigMap default\/rules does not exist; create it or mark the context optional/],
    },
    {
      name: 'gives up on a ConfigMap after five seconds',
      sight: {
        parent: task(
          withSpec({ contexts }),
          withPhase('Pending'),
          withCondition('Ready', 'False', 'ContextError', { lastTransitionTime: at(-5) }),
        ),
        contextMaps: new Map([['rules', undefined]]),
      },
      want: {
        phase: 'Failed',
        conditions: ['Ready=False ContextError', 'Failed=True ContextError'],
        events: ['Warning Failed'],
      },
    },
    {
      name: 'gives the slot back when it fails',
      sight: {
        parent: task(
          withSpec({
            contexts: [
              { mountPath: 'a', text: '1', fileMode: 0o644 },
              { mountPath: './a', text: '2', fileMode: 0o644 },
            ],
          }),
        ),
        target: agentTarget(limited),
      },
      want: {
        phase: 'Failed',
        conditions: ['Ready=False ContextError', 'Failed=True ContextError'],
        events: ['Warning Failed'],
        turns: wake,
      },
      says: ['Ready', 'mount path conflict: two contexts want /workspace/a'],
    },
  ])

  test('the status names the Pod, the time and who does it', () => {
    expect(decideTask(taskSight(), now).status).toEqual({
      phase: 'Running',
      agentRef: { name: 'coder' },
      podName: 'job-pod',
      startTime: at(0),
      observedGeneration: 1,
      conditions: [],
    })
  })

  test('a place in the queue is no more', () => {
    const parent = task(withStatus({ phase: 'Queued', queue: { position: 1, since: at(-30) } }))
    expect(decideTask(taskSight({ parent }), now).status).not.toHaveProperty('queue')
  })
})

describe('a refusal by the apiserver', () => {
  test('fails the Task with the whole reason, and frees its slot', () => {
    const target = agentTarget(agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1')))
    const plan = taskRefused(taskSight({ target }), 'cannot create Pod default/job-pod: violates PodSecurity', now)
    expect(told(plan)).toEqual({
      phase: 'Failed',
      conditions: ['Ready=False PodCreationError', 'Failed=True PodCreationError'],
      events: ['Warning PodCreationFailed'],
      turns: wake,
    })
    expect(messageOf(plan, 'Ready')).toBe('cannot create Pod default/job-pod: violates PodSecurity')
  })

  test('names the ConfigMap where it was that', () =>
    expect(told(taskRefused(taskSight(), 'cannot create ConfigMap default/job-context: too long', now))).toMatchObject({
      conditions: ['Ready=False ConfigMapCreationError', 'Failed=True ConfigMapCreationError'],
    }))

  test('changes nothing once a Pod is there', () =>
    expect(taskRefused(taskSight({ pod: pod(running) }), 'no', now)).toEqual({}))
})

test('the same sight gives the same plan', () => {
  const sight = taskSight({ parent: task(started(10)), pod: pod(ended(1, 'no')) })
  expect(decideTask(sight, later(0))).toEqual(decideTask(sight, now))
})
