import type { Agent, AgentSpec, AgentStatus } from '../../crds/agent.ts'
import type { AgentTemplate, AgentTemplateSpec } from '../../crds/agent-template.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { Change } from './change.ts'
import { changed } from './change.ts'
import { at } from './time.ts'

/** Agent `default/coder` as the apiserver stores a small one, without a status. */
export const agent = (...changes: Change<Agent>[]): Agent =>
  changed<Agent>(
    {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'Agent',
      metadata: {
        name: 'coder',
        namespace: 'default',
        uid: 'agent-uid-1',
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: at(-600),
      },
      spec: { workspaceDir: '/workspace', serviceAccountName: 'bot', port: 4096, suspend: false },
    },
    changes,
  )

export const withAgentSpec =
  (spec: Partial<AgentSpec>): Change<Agent> =>
  (one) => ({ ...one, spec: { ...one.spec, ...spec } })

export const withAgentStatus =
  (status: AgentStatus): Change<Agent> =>
  (one) => ({ ...one, status: { ...one.status, ...status } })

/** Its server takes Tasks. */
export const ready: Change<Agent> = withAgentStatus({
  phase: 'Ready',
  ready: true,
  suspended: false,
  authSecretName: 'coder-server-auth',
})

export const withAgentCondition =
  (type: string, status: Condition['status'], reason: string, message = 'said before'): Change<Agent> =>
  (one) => {
    const others = (one.status?.conditions ?? []).filter((condition) => condition.type !== type)
    const condition = { type, status, reason, message, lastTransitionTime: at(-30) }
    return { ...one, status: { ...one.status, conditions: [...others, condition] } }
  }

/** The Tasks of these uids hold its slots since a minute. */
export const withSlots = (...uids: string[]): Change<Agent> =>
  withAgentStatus({ activeTasks: uids.map((uid) => ({ name: uid, uid, startTime: at(-60) })) })

/** Starts that count against its quota, by how many seconds ago they happened. */
export const withStarts = (...secondsAgo: number[]): Change<Agent> =>
  withAgentStatus({
    taskStartHistory: secondsAgo.map((seconds, index) => ({
      taskName: `old-${index}`,
      taskNamespace: 'default',
      uid: `old-${index}`,
      startTime: at(-seconds),
    })),
  })

/** AgentTemplate `default/base`. */
export const agentTemplate = (...changes: Change<AgentTemplate>[]): AgentTemplate =>
  changed<AgentTemplate>(
    {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'AgentTemplate',
      metadata: { name: 'base', namespace: 'default', uid: 'template-uid-1', resourceVersion: '1', generation: 1 },
      spec: { workspaceDir: '/workspace', serviceAccountName: 'bot' },
    },
    changes,
  )

export const withTemplateSpec =
  (spec: Partial<AgentTemplateSpec>): Change<AgentTemplate> =>
  (one) => ({ ...one, spec: { ...one.spec, ...spec } })
