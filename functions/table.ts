import type { CronTask } from '../crds/cron-task.ts'
import type { Hint } from '../shared/hint.ts'
import type { KubeObject, OwnKind } from '../shared/kubernetes.ts'
import type { ClusterReader } from '../shared/ports.ts'
import type { Deps, Outcome } from '../shared/reconcile.ts'
import { reconcile } from '../shared/reconcile.ts'
import type { Reconciler } from '../shared/reconcile.ts'
import { dueAgents } from './agent/due.ts'
import { agentReconciler } from './agent/index.ts'
import { agentTemplateReconciler } from './agent-template/index.ts'
import { dueCleanups } from './config/due.ts'
import { configReconciler } from './config/index.ts'
import { dueCronTasks } from './cron-task/due.ts'
import { cronTaskReconciler } from './cron-task/index.ts'
import { settledCronTasks } from './cron-task/settled.ts'
import type { Due } from './schedule/due.ts'
import { dueTasks } from './task/due.ts'
import { taskReconciler } from './task/index.ts'
import type { Defaults } from './workload/settings.ts'

/** Rights a function needs, in the words of RBAC; the ClusterRole is the union of the rows. */
export interface Right {
  readonly apiGroup: string
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** One function: what wakes it, what it does, what it may do. */
export interface FunctionRow {
  readonly kind: OwnKind
  readonly deliver: (hint: Hint, deps: Deps) => Promise<Outcome>
  readonly rights: readonly Right[]
  /** Field selector of the objects that a sweep must look at; without one, all of them. */
  readonly sweepSelector?: string
  /** Those of a page that a look would leave as they are; without it a sweep asks for all. */
  readonly settled?: (reader: ClusterReader, page: readonly KubeObject[], now: Date) => Promise<ReadonlySet<KubeObject>>
  /** What a tick asks for; without it, time alone changes nothing. */
  readonly due?: Due
}

const group = 'kubeopencode.io'

/** Every function reads the cluster's config, follows references between our kinds, and tells users by Events. */
const common: readonly Right[] = [
  { apiGroup: group, resources: ['kubeopencodeconfigs', 'agents', 'agenttemplates', 'tasks'], verbs: ['get', 'list'] },
  { apiGroup: 'events.k8s.io', resources: ['events'], verbs: ['create'] },
]

/** Owner references with blockOwnerDeletion need the finalizers subresource where the cluster enforces it. */
const status = (plural: string): readonly Right[] => [
  { apiGroup: group, resources: [`${plural}/status`], verbs: ['patch'] },
  { apiGroup: group, resources: [`${plural}/finalizers`], verbs: ['update'] },
]

const row = <Sight extends { readonly parent: object }>(
  reconciler: Reconciler<Sight>,
  rights: readonly Right[],
  schedule: Pick<FunctionRow, 'sweepSelector' | 'settled' | 'due'> = {},
): FunctionRow => ({
  kind: reconciler.kind,
  deliver: (hint, deps) => reconcile(reconciler, hint, deps),
  rights: [...common, ...rights],
  ...schedule,
})

/** All functions, one row per kind. */
export const functionsTable = (defaults: Defaults): readonly FunctionRow[] => [
  row(
    taskReconciler(defaults),
    [
      ...status('tasks'),
      // An answer that is served is taken away.
      { apiGroup: group, resources: ['tasks'], verbs: ['patch'] },
      { apiGroup: '', resources: ['pods'], verbs: ['get', 'create', 'delete'] },
      { apiGroup: '', resources: ['configmaps'], verbs: ['get', 'create'] },
      // The password of an Agent's server, where its Secret was deleted.
      { apiGroup: '', resources: ['secrets'], verbs: ['create'] },
      { apiGroup: '', resources: ['services/proxy'], verbs: ['get', 'create'] },
    ],
    { sweepSelector: 'status.phase!=Completed,status.phase!=Failed', due: dueTasks },
  ),
  // Before the Agents, whose limits it may have: whoever counts what a sweep reads knows it by then.
  row(agentTemplateReconciler, status('agenttemplates')),
  row(
    agentReconciler(defaults),
    [
      ...status('agents'),
      // Standby writes spec.suspend; who waits is told its place.
      { apiGroup: group, resources: ['agents', 'tasks/status'], verbs: ['patch'] },
      { apiGroup: 'apps', resources: ['deployments'], verbs: ['get', 'create', 'patch'] },
      { apiGroup: '', resources: ['services/proxy'], verbs: ['get'] },
      { apiGroup: '', resources: ['services', 'configmaps'], verbs: ['get', 'create', 'patch'] },
      { apiGroup: '', resources: ['persistentvolumeclaims'], verbs: ['get', 'create'] },
      // The password of a server. It is never read back: no Secret of anybody is.
      { apiGroup: '', resources: ['secrets'], verbs: ['create'] },
      { apiGroup: '', resources: ['serviceaccounts'], verbs: ['get'] },
      { apiGroup: 'storage.k8s.io', resources: ['storageclasses'], verbs: ['get'] },
      { apiGroup: '', resources: ['pods'], verbs: ['list'] },
    ],
    { due: dueAgents },
  ),
  row(
    cronTaskReconciler,
    [
      ...status('crontasks'),
      { apiGroup: group, resources: ['crontasks'], verbs: ['get', 'list', 'patch'] },
      { apiGroup: group, resources: ['tasks'], verbs: ['create', 'patch'] },
      { apiGroup: '', resources: ['pods'], verbs: ['get'] },
    ],
    { settled: (reader, page, now) => settledCronTasks(reader, page as CronTask[], now), due: dueCronTasks },
  ),
  row(
    configReconciler,
    [
      ...status('kubeopencodeconfigs'),
      { apiGroup: group, resources: ['crontasks'], verbs: ['get'] },
      { apiGroup: group, resources: ['tasks'], verbs: ['delete'] },
    ],
    { due: dueCleanups },
  ),
]
