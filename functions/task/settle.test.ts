import { describe, expect, test } from 'vitest'
import { agent, ready, withAgentSpec } from '../../test/builders/agent.ts'
import { deleted } from '../../test/builders/change.ts'
import { ended, evicted, initFailed, pod, running, withPodStatus } from '../../test/builders/pod.ts'
import { agentTarget, missing, taskSight, templateTarget } from '../../test/builders/sight.ts'
import {
  fromTemplate,
  started,
  stopRequested,
  task,
  withCondition,
  withPhase,
  withSpec,
} from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import {
  abort,
  completed,
  removePod,
  starts,
  stopped,
  stranger,
  taskTable,
  title,
} from '../../test/builders/task-table.ts'
import { decideTask } from './decide.ts'

describe('a finished Task', () => {
  taskTable([
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

describe('a stop on request', () => {
  taskTable([
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
      want: starts,
    },
  ])
})

describe('a timeout, counted from startTime', () => {
  const overdue = { phase: 'Completed', conditions: ['Stopped=True Timeout'], events: ['Warning Timeout'] }
  const limited = withSpec({ timeout: '1m' })
  taskTable([
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
      want: completed,
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
      want: { ...starts, again: 60 },
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
  const failed = (reason: string) => ({
    phase: 'Failed',
    conditions: [`Failed=True ${reason}`],
    events: ['Warning Failed'],
  })
  /** Whoever was killed says nothing of its session, which may still be at work on the server. */
  const silent = (reason: string) => ({ ...failed(reason), abort })
  const parent = task(started(10))
  taskTable([
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
      name: 'a container whose runtime was killed',
      sight: { parent, pod: pod(ended(255)) },
      want: silent('AgentRunFailed'),
      says: ['Failed', /exit code 255: a container runtime says so of a container that it has lost$/],
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
      name: 'deleted while it ran, because its node is drained',
      sight: {
        parent,
        pod: pod(
          ended(143),
          deleted(at(10)),
          withPodStatus({
            conditions: [
              {
                type: 'DisruptionTarget',
                status: 'True',
                reason: 'EvictionByEvictionAPI',
                message: 'Eviction API: evicting',
              },
            ],
          }),
        ),
      },
      want: silent('PodLost'),
      says: [
        'Failed',
        'the Pod was deleted while the agent was at work (EvictionByEvictionAPI: Eviction API: evicting)',
      ],
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
  ])

  test('the session goes to the status', () => {
    const bySummary = decideTask(taskSight({ parent, pod: pod(ended(0, JSON.stringify({ session: summary }))) }), now)
    expect(bySummary.status).toMatchObject({ completionTime: at(0), session: { id: 'ses_1', title, summary: figures } })
    const byServer = decideTask(taskSight({ parent, pod: pod(ended(0)), session: { session: { id: 'ses_2' } } }), now)
    expect(byServer.status).toMatchObject({ session: { id: 'ses_2' } })
  })
})
