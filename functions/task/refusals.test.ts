import { describe, expect, test } from 'vitest'
import { agent, agentTemplate, ready, withAgentSpec, withSlots, withTemplateSpec } from '../../test/builders/agent.ts'
import { configMap } from '../../test/builders/core.ts'
import { pod, running } from '../../test/builders/pod.ts'
import { agentTarget, settings, taskSight, templateTarget } from '../../test/builders/sight.ts'
import { fromTemplate, task, withSpec } from '../../test/builders/task.ts'
import { now } from '../../test/builders/time.ts'
import { messageOf, told } from '../../test/builders/told.ts'
import { failedBeforeStart, stranger, taskTable, turn } from '../../test/builders/task-table.ts'
import { taskRefused } from './refusals.ts'

describe('names that are taken', () => {
  taskTable([
    {
      name: 'a Pod of another owner',
      sight: { pod: stranger(pod(running)) },
      want: failedBeforeStart('PodCreationError', 'PodCreationFailed'),
      says: ['Ready', 'Pod default/job-pod belongs to another owner; rename the Task or remove that object'],
    },
    {
      name: 'a ConfigMap that nobody owns',
      sight: { configMap: configMap('job-context') },
      want: failedBeforeStart('ConfigMapCreationError'),
      says: ['Ready', 'ConfigMap default/job-context belongs to another owner'],
    },
  ])
})

describe('what is not started', () => {
  const internal = { source: 'http://10.0.0.1/', insecureSkipTLSVerify: false, timeout: 30 }
  taskTable([
    {
      name: 'a template that OpenCode would not start with',
      sight: {
        parent: task(fromTemplate),
        target: templateTarget(agentTemplate(withTemplateSpec({ config: '{"share": "all"}' }))),
      },
      want: failedBeforeStart('AgentError'),
      says: ['Ready', 'AgentTemplate base: spec.config.share: must be one of manual, auto, disabled'],
    },
    {
      name: 'a context that the cluster does not allow',
      sight: {
        settings: { ...settings, security: { ...settings.security, allowPrivateAddresses: false } },
        parent: task(withSpec({ contexts: [{ url: internal, fileMode: 0o644 }] })),
      },
      want: failedBeforeStart('ContextError'),
      says: ['Ready', 'spec.contexts[0].url.source: must be another host: 10.0.0.1 is a private address'],
    },
  ])
})

describe('a refusal by the apiserver', () => {
  test('fails the Task with the whole reason, and frees its slot', () => {
    const target = agentTarget(agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1')))
    const plan = taskRefused(taskSight({ target }), 'cannot create Pod default/job-pod: violates PodSecurity', now)
    expect(told(plan)).toEqual({ ...failedBeforeStart('PodCreationError', 'PodCreationFailed'), turns: turn })
    expect(messageOf(plan, 'Ready')).toMatch(
      /^cannot create Pod default\/job-pod: violates PodSecurity; set podSpec.podSecurityContext/,
    )
  })

  test('names the ConfigMap where it was that', () =>
    expect(told(taskRefused(taskSight(), 'cannot create ConfigMap default/job-context: too long', now))).toMatchObject({
      conditions: ['Ready=False ConfigMapCreationError', 'Failed=True ConfigMapCreationError'],
    }))

  test('changes nothing once a Pod is there', () =>
    expect(taskRefused(taskSight({ pod: pod(running) }), 'no', now)).toEqual({}))
})
