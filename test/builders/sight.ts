import type { Agent } from '../../crds/agent.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { AgentSight } from '../../functions/agent/sight.ts'
import type { TaskSight } from '../../functions/task/sight.ts'
import { builtIn, settingsOf } from '../../functions/workload/settings.ts'
import { mergeTemplate, templateProfile } from '../../shared/merge-template.ts'
import { agent, agentTemplate, ready } from './agent.ts'
import { coderAccess } from './passwords.ts'
import { task } from './task.ts'

export const settings = settingsOf(undefined, builtIn)

/** `coder`, as a Task sees it. */
export const agentTarget = (one: Agent = agent(ready), template?: AgentTemplate): TaskSight['target'] => ({
  kind: 'agent',
  name: one.metadata.name,
  agent: one,
  profile: mergeTemplate(one.spec, template?.spec),
})

export const templateTarget = (one: AgentTemplate = agentTemplate()): TaskSight['target'] => ({
  kind: 'template',
  name: one.metadata.name,
  template: one,
  profile: templateProfile(one.spec),
})

export const missing = (message = 'Agent default/coder does not exist'): TaskSight['target'] => ({
  kind: 'missing',
  message,
})

/** A new Task of a ready Agent without limits, before anything was made for it. */
export const taskSight = (seen: Partial<TaskSight> = {}): TaskSight => ({
  parent: task(),
  settings,
  target: agentTarget(),
  pod: undefined,
  configMap: undefined,
  contextMaps: new Map(),
  predecessor: undefined,
  session: undefined,
  ...seen,
})

/** A new Agent whose ServiceAccount is there, before anything was made for it. */
export const agentSight = (seen: Partial<AgentSight> = {}): AgentSight => {
  const parent = seen.parent ?? agent()
  return {
    parent,
    settings,
    access: coderAccess,
    template: undefined,
    profile: mergeTemplate(parent.spec, seen.template?.spec),
    configMap: undefined,
    service: undefined,
    deployment: undefined,
    claims: [],
    isAccountMissing: false,
    missingStorageClasses: [],
    pods: [],
    contextMaps: new Map(),
    syncs: undefined,
    tasks: [],
    taskPods: [],
    ...seen,
  }
}
