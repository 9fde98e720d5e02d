import { labels } from '../../crds/names.ts'
import type { Agent } from '../../crds/agent.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'
import type { Key } from '../../shared/hint.ts'
import { configRef } from '../../shared/kubernetes.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { configMapNames } from '../workload/context-files.ts'
import type { Followed } from '../workload/git-sync.ts'
import { serverClaimName, serverConfigMapName, serverName } from '../workload/names.ts'
import { accessTo } from '../workload/password.ts'
import type { Defaults } from '../workload/settings.ts'
import { settingsOf } from '../workload/settings.ts'
import { followedBy } from './git-sync.ts'
import { isDeploymentReady, isRolling } from './readiness.ts'
import { keyOf } from './queue.ts'
import type { AgentSight } from './sight.ts'
import { slotsOf, unfinishedTasks } from './tasks.ts'

/** Tasks that wait for an Agent that is gone find out so. */
export const bereavedByAgent = async ({ reader }: Senses, { namespace = '', name }: Key): Promise<Key[]> =>
  (await unfinishedTasks(reader, namespace, name)).map(keyOf)

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

/** All that there is to know of an Agent that was read. */
export const lookAt =
  (defaults: Defaults) =>
  async ({ reader, gitSyncs, passwords }: Senses, parent: Agent): Promise<AgentSight> => {
    const { name, namespace = '' } = parent.metadata
    const { templateRef, persistence } = parent.spec
    const uses = (['sessions', 'workspace'] as const).filter((use) => persistence?.[use])
    const [config, template, configMap, service, deployment, listed, claims] = await Promise.all([
      reader.get(configRef),
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
    const classes = isWaiting || !deployment ? storageClassNames(parent) : []
    const isServing = !parent.spec.suspend && deployment !== undefined && isDeploymentReady(deployment)
    const { serviceAccountName } = profile
    const [found, isAccountMissing, pods, { taskPods, missed }, storageClasses, syncs] = await Promise.all([
      Promise.all(names.map((map) => reader.get({ kind: 'ConfigMap', namespace, name: map }))),
      !isServing && serviceAccountName !== undefined
        ? reader.get({ kind: 'ServiceAccount', namespace, name: serviceAccountName }).then((account) => !account)
        : false,
      isWaiting || (deployment !== undefined && isRolling(deployment))
        ? reader.list('Pod', { namespace, labelSelector: `${labels.agent}=${name}` }).then(({ items }) => items)
        : [],
      slotsOf(reader, parent, listed),
      Promise.all(classes.map((storageClass) => reader.get({ kind: 'StorageClass', name: storageClass }))),
      isServing ? readSyncs(gitSyncs, namespace, name, followedBy(parent, profile)) : undefined,
    ])
    const settings = settingsOf(config, defaults)
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
      tasks: [...listed, ...missed],
      taskPods,
    }
  }

export const gatherAgent =
  (defaults: Defaults) =>
  async (senses: Senses, { namespace = '', name }: Key): Promise<AgentSight | undefined> => {
    const parent = await senses.reader.get({ kind: 'Agent', namespace, name })
    return parent && lookAt(defaults)(senses, parent)
  }
