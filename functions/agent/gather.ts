import { CONFIG_NAME, labels } from '../../crds/names.ts'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'
import type { Key } from '../../shared/hint.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { configMapNames } from '../workload/context-files.ts'
import type { Followed } from '../workload/git-sync.ts'
import { serverClaimName, serverConfigMapName, serverName, taskPodName } from '../workload/names.ts'
import { accessTo } from '../workload/password.ts'
import type { Defaults } from '../workload/settings.ts'
import { settingsOf } from '../workload/settings.ts'
import { isFinished } from '../../shared/finished.ts'
import { followedBy } from './git-sync.ts'
import { isDeploymentReady, isRolling } from './readiness.ts'
import type { AgentTask } from './queue.ts'
import type { AgentSight } from './sight.ts'

const withoutSpec = (task: Task): AgentTask => {
  const { spec: _spec, ...rest } = task
  return rest
}

/** Of each page only what is needed is kept: a description may have as many bytes as thousands of Tasks without. */
const unfinishedTasks = async (reader: ClusterReader, namespace: string, agent: string): Promise<AgentTask[]> => {
  const tasks: AgentTask[] = []
  let next: string | undefined
  do {
    const page = await reader.list('Task', {
      namespace,
      fieldSelector: `spec.agentRef.name=${agent},status.phase!=Completed,status.phase!=Failed`,
      limit: 500,
      ...(next !== undefined && { continue: next }),
    })
    tasks.push(...page.items.map(withoutSpec))
    next = page.continue
  } while (next !== undefined)
  return tasks
}

/** Tasks that wait for an Agent that is gone find out so. */
export const bereavedByAgent = async ({ reader }: Senses, { namespace = '', name }: Key): Promise<Key[]> =>
  (await unfinishedTasks(reader, namespace, name)).map(({ metadata }) => ({
    kind: 'Task',
    namespace,
    name: metadata.name,
  }))

const storageClassNames = ({ spec: { persistence } }: Agent): string[] => [
  ...new Set([persistence?.sessions, persistence?.workspace].flatMap((volume) => volume?.storageClassName ?? [])),
]

/** All at once, so that the slowest alone counts. */
const readSyncs = async (
  gitSyncs: Senses['gitSyncs'],
  namespace: string,
  service: string,
  followed: readonly Followed[],
): Promise<AgentSight['syncs']> => {
  if (followed.length === 0) return undefined
  const reports = await Promise.all(
    followed.map(async ({ name, port }) => [name, await gitSyncs.read({ namespace, service, port })] as const),
  )
  return new Map(reports.flatMap(([name, report]) => (report ? [[name, report] as const] : [])))
}

export const gatherAgent =
  (defaults: Defaults) =>
  async ({ reader, gitSyncs, passwords }: Senses, { namespace = '', name }: Key): Promise<AgentSight | undefined> => {
    const parent = await reader.get({ kind: 'Agent', namespace, name })
    if (!parent) return undefined
    const { templateRef, persistence } = parent.spec
    const uses = (['sessions', 'workspace'] as const).filter((use) => persistence?.[use])
    const [config, template, configMap, service, deployment, listed, claims] = await Promise.all([
      reader.get({ kind: 'KubeOpenCodeConfig', name: CONFIG_NAME }),
      templateRef && reader.get({ kind: 'AgentTemplate', namespace, name: templateRef.name }),
      reader.get({ kind: 'ConfigMap', namespace, name: serverConfigMapName(name) }),
      reader.get({ kind: 'Service', namespace, name }),
      reader.get({ kind: 'Deployment', namespace, name: serverName(name) }),
      unfinishedTasks(reader, namespace, name),
      Promise.all(
        uses.map((use) => reader.get({ kind: 'PersistentVolumeClaim', namespace, name: serverClaimName(name, use) })),
      ),
    ])
    const profile = mergeTemplate(parent.spec, template?.spec)
    const names = configMapNames(profile.contexts ?? [])
    const isWaiting = !parent.spec.suspend && deployment !== undefined && !isDeploymentReady(deployment)
    const uids = new Set(listed.map(({ metadata }) => metadata.uid))
    const left = (parent.status?.activeTasks ?? []).filter(({ uid }) => !uids.has(uid))
    const classes = isWaiting || !deployment ? storageClassNames(parent) : []
    const isServing = !parent.spec.suspend && deployment !== undefined && isDeploymentReady(deployment)
    const { serviceAccountName } = profile
    const [found, isAccountMissing, pods, taskPods, missed, storageClasses, syncs] = await Promise.all([
      Promise.all(names.map((map) => reader.get({ kind: 'ConfigMap', namespace, name: map }))),
      !isServing && serviceAccountName !== undefined
        ? reader.get({ kind: 'ServiceAccount', namespace, name: serviceAccountName }).then((account) => !account)
        : false,
      isWaiting || (deployment !== undefined && isRolling(deployment))
        ? reader.list('Pod', { namespace, labelSelector: `${labels.agent}=${name}` }).then(({ items }) => items)
        : [],
      Promise.all(left.map((entry) => reader.get({ kind: 'Pod', namespace, name: taskPodName(entry.name) }))),
      // A slot is freed for good, so that its Task has ended is not believed of a list alone, which may be an old one.
      Promise.all(left.map((entry) => reader.get({ kind: 'Task', namespace, name: entry.name }))),
      Promise.all(classes.map((storageClass) => reader.get({ kind: 'StorageClass', name: storageClass }))),
      isServing ? readSyncs(gitSyncs, namespace, name, followedBy(parent, profile)) : undefined,
    ])
    const settings = settingsOf(config, defaults)
    const isUnfinished = (task: Task | undefined, index: number): task is Task =>
      task !== undefined && task.metadata.uid === left[index]?.uid && !isFinished(task)
    const tasks = [...listed, ...missed.filter(isUnfinished)]
    return {
      parent,
      settings,
      access: settings.security.requireServerPassword ? await accessTo(passwords, parent) : undefined,
      template,
      profile,
      configMap,
      service,
      deployment,
      claims: claims.filter((claim) => claim !== undefined),
      isAccountMissing,
      pods,
      missingStorageClasses: classes.filter((_, index) => storageClasses[index] === undefined),
      contextMaps: new Map<string, ConfigMap | undefined>(names.map((map, index) => [map, found[index]])),
      syncs,
      tasks,
      taskPods: taskPods.filter((pod) => pod !== undefined),
    }
  }
