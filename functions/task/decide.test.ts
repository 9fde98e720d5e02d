import { describe, expect, test } from 'vitest'
import {
  agent,
  agentTemplate,
  ready,
  withAgentCondition,
  withAgentSpec,
  withSlots,
  withStarts,
  withAgentStatus,
} from '../../test/builders/agent.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { configMap } from '../../test/builders/core.ts'
import { ended, ownedBy, pod, running, theTask, unschedulable, waiting } from '../../test/builders/pod.ts'
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
import { at, later, now } from '../../test/builders/time.ts'
import { abort, failedBeforeStart, removePod, starts, taskTable, wake } from '../../test/builders/task-table.ts'
import { decideTask } from './decide.ts'

test('a Task that is being deleted is left to the garbage collector', () =>
  expect(decideTask(taskSight({ parent: task(deleted(at(0)), stopRequested), pod: pod(running) }), now)).toEqual({}))

describe('what an earlier Task of this name has left', () => {
  const earlier = ownedBy({ kind: 'Task', name: 'job', uid: 'task-uid-0' })
  const waits = { phase: 'Pending', conditions: ['Ready=False PodPending'], again: 5 }
  taskTable([
    {
      name: 'a Pod is waited for',
      sight: { pod: earlier(pod(running, deleted(at(20)))) },
      want: waits,
    },
    {
      name: 'and who keeps it is named',
      sight: { pod: earlier(pod(running, deleted(at(-60)), withMetadata({ finalizers: ['example.com/hang'] }))) },
      want: waits,
      says: ['Ready', /are gone; the finalizer example.com\/hang keeps them$/],
    },
    {
      name: 'and so is a ConfigMap',
      sight: { configMap: earlier(configMap('job-context')) },
      want: waits,
    },
  ])
})

describe('a Pod that is there', () => {
  const parent = task(started(10))
  const runs = { phase: 'Running' }
  const neverStarted: Parameters<typeof pod>[0] = (one) => ({
    ...unschedulable('0/3 nodes are available')(one),
    metadata: { ...one.metadata, creationTimestamp: at(-600) },
  })
  const givenUp = (reason: string) => task(started(10), withCondition('Ready', 'False', reason))
  taskTable([
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
      want: { ...failedBeforeStart('PodStartTimeout'), abort, remove: removePod },
      says: ['Failed', /did not start within 600 s: the Pod cannot be scheduled/],
    },
    {
      name: 'never started, as was said by one who has deleted its Pod and no more',
      sight: { parent: givenUp('PodStartTimeout') },
      want: { ...failedBeforeStart('PodStartTimeout'), abort },
    },
    {
      name: 'a wrong image name never mends',
      sight: { parent: givenUp('PodFailed'), pod: pod(waiting('InvalidImageName', 'invalid reference format')) },
      want: { ...failedBeforeStart('PodFailed'), abort, remove: removePod },
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
  taskTable([
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
      want: failedBeforeStart('AgentError'),
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
      want: { ...starts, conditions: ['Ready=True PodRunning'] },
    },
  ])
})

describe('an Agent that cannot take the Task yet', () => {
  const waits = ['Agent/default/coder waits']
  const queued = (reason: string, event = 'Queued') => ({
    phase: 'Queued',
    conditions: [`Queued=True ${reason}`],
    events: [`Normal ${event}`],
    turns: waits,
  })
  const limited = withAgentSpec({ maxConcurrentTasks: 2 })
  const quota = withAgentSpec({ quota: { maxTaskStarts: 2, windowSeconds: 60 } })
  taskTable([
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
        target: agentTarget(agent(withAgentSpec({ suspend: true }), withAgentStatus({ queuedTasks: 1 }))),
      },
      want: { phase: 'Queued', conditions: ['Queued=True AgentSuspended'] },
    },
    {
      name: 'is told again where it counts nobody who waits',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentSuspended')),
        target: agentTarget(agent(withAgentSpec({ suspend: true }))),
      },
      want: { phase: 'Queued', conditions: ['Queued=True AgentSuspended'], turns: waits },
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
      want: { turns: waits, again: 3 },
    },
    {
      name: 'has room again while the Task is queued',
      sight: {
        parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentAtCapacity')),
        target: agentTarget(agent(ready, limited, withSlots('a'))),
      },
      want: { turns: waits },
    },
    {
      name: 'has room because starts have left the window',
      sight: { target: agentTarget(agent(ready, quota, withStarts(10, 61))) },
      want: { turns: waits, again: 3 },
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
  const limited = agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1'))
  const contexts = [{ name: 'rules', configMap: { name: 'rules', optional: false }, fileMode: 0o644 }]
  const ownMap = ownedBy(theTask)(configMap('job-context', { 'file-0': 'Fix the bug.' }))
  const needy = task(withSpec({ contexts }))
  taskTable([
    { name: 'at a ready Agent', sight: {}, want: starts },
    {
      name: 'from a template',
      sight: { parent: task(fromTemplate), target: templateTarget(agentTemplate()) },
      want: starts,
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
      name: 'and asks more seldom where that one takes its time',
      sight: {
        target: agentTarget(agent(ready, withAgentSpec({ maxConcurrentTasks: 2 }), withSlots('before', 'task-uid-1'))),
        predecessor: task(withPhase('Queued')),
      },
      want: { again: 6 },
    },
    {
      name: 'nor waits for one that says why it cannot begin',
      sight: {
        target: agentTarget(limited),
        predecessor: task(withPhase('Pending'), withCondition('Ready', 'False', 'ContextError')),
      },
      want: starts,
    },
    {
      name: 'after the Task whose turn came before, which has begun',
      sight: { target: agentTarget(limited), predecessor: task(withPhase('Running')) },
      want: starts,
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
      want: failedBeforeStart('ContextError'),
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

test('the same sight gives the same plan', () => {
  const sight = taskSight({ parent: task(started(10)), pod: pod(ended(1, 'no')) })
  expect(decideTask(sight, later(0))).toEqual(decideTask(sight, now))
})
