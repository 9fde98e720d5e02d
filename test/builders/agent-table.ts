import type { Deployment } from 'kubernetes-types/apps/v1'
import type { ConfigMap, PersistentVolumeClaim, Service } from 'kubernetes-types/core/v1'
import type { Agent } from '../../crds/agent.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Plan } from '../../shared/plan.ts'
import { decideAgent } from '../../functions/agent/decide.ts'
import type { AgentSight } from '../../functions/agent/sight.ts'
import type { Change } from './change.ts'
import { changed } from './change.ts'
import { available } from './core.ts'
import { planTable } from './plan-table.ts'
import { agentSight } from './sight.ts'
import { later, now } from './time.ts'

export const created = (objects: readonly KubeObject[] = [], kind: string) => objects.find((one) => one.kind === kind)

/** The sight after a plan was carried out: its objects are there, and the status says what it said. */
const after = (sight: AgentSight, { apply = [], create = [], status }: Plan): AgentSight => ({
  ...sight,
  parent: { ...sight.parent, ...(status && { status: status as Agent['status'] & object }) },
  configMap: (created(apply, 'ConfigMap') as ConfigMap | undefined) ?? sight.configMap,
  service: (created(apply, 'Service') as Service | undefined) ?? sight.service,
  deployment: (created(apply, 'Deployment') as Deployment | undefined) ?? sight.deployment,
  claims: [...sight.claims, ...(create as PersistentVolumeClaim[])],
})

/** An Agent whose objects are there and whose Deployment is available, or not. */
export const settled = (seen: Partial<AgentSight> = {}, readyReplicas = 1): AgentSight => {
  const sight = agentSight(seen)
  const made = after(sight, decideAgent(sight, later(-60)))
  const { deployment } = made
  const known = { ...made, ...(deployment && { deployment: available(deployment, readyReplicas) }) }
  return after(known, decideAgent(known, later(-30)))
}

export const seenAgain = (sight: AgentSight, ...changes: Change<Agent>[]): AgentSight => {
  const parent = changed(sight.parent, changes)
  return agentSight({ ...sight, parent, profile: mergeTemplate(parent.spec, sight.template?.spec) })
}

export const allThere = ['Service default/coder', 'Deployment default/coder-server']
export const password = ['Secret default/coder-server-auth']

export const unmade = [
  'ServerReady=False DeploymentNotReady',
  'ServerHealthy=False DeploymentNotFound',
  'Suspended=False Active',
]
export const serving = [
  'ServerReady=True DeploymentReady',
  'ServerHealthy=True DeploymentHealthy',
  'Suspended=False Active',
  'Ready=True Ready',
]

export const asleep = (ready: string) => [
  'ServerReady=False Suspended',
  'ServerHealthy=False Suspended',
  `Suspended=True ${ready}`,
  'Ready=True Suspended',
]

export const agentTable = planTable((sight: AgentSight) => decideAgent(sight, now))
