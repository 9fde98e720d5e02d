import { labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { byAge } from '../../functions/agent/queue.ts'
import { serverClaimName, serverName, taskConfigMapName, taskPodName } from '../../functions/workload/names.ts'
import type { Kind, KubeObject } from '../../shared/kubernetes.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import type { Api } from '../cluster/api.ts'
import type { Child } from './sections.ts'

/** How many Tasks are named; the rest is for `get`. */
const mostTasks = 15

const ready = (status: { readyReplicas?: number; replicas?: number } | undefined): string =>
  `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} ready`

const stateOf = (object: KubeObject): string => {
  const { status } = object as { status?: { phase?: string; readyReplicas?: number; replicas?: number } }
  if (object.metadata?.deletionTimestamp !== undefined) return 'being deleted'
  return object.kind === 'Deployment' ? ready(status) : (status?.phase ?? '')
}

const childOf = (object: KubeObject, kind: string): Child => ({
  kind,
  name: object.metadata?.name ?? '',
  state: stateOf({ ...object, kind }),
  created: object.metadata?.creationTimestamp as string | undefined,
})

/** Those of the names that are there, that the person may see, and that belong to the parent. */
const owned = async (api: Api, parent: KubeObject, wanted: readonly (readonly [Kind, string])[]): Promise<Child[]> => {
  const namespace = parent.metadata?.namespace ?? ''
  const found = await Promise.all(
    wanted.map(async ([kind, name]) => {
      const object = (await api.find({ kind, namespace, name }).catch(() => undefined)) as KubeObject | undefined
      return object && isControlledBy(object, parent.metadata?.uid) ? [childOf(object, kind)] : []
    }),
  )
  return found.flat()
}

const newestFirst = (tasks: readonly Task[]): Task[] => tasks.toSorted((a, b) => byAge(b, a))

const tasksOf = async (api: Api, namespace: string, labelSelector: string): Promise<Child[]> => {
  const tasks = await api.list('Task', { namespace, labelSelector }).catch(() => [])
  const shown = newestFirst(tasks)
    .slice(0, mostTasks)
    .map((task) => childOf(task, 'Task'))
  const rest = tasks.length - shown.length
  return rest > 0 ? [...shown, { kind: '', name: `and ${rest} older`, state: '', created: undefined }] : shown
}

/** What was made for an object, and the Tasks that belong to it. */
export const childrenOf = async (api: Api, parent: KubeObject): Promise<{ made: Child[]; tasks: Child[] }> => {
  const { kind, metadata } = parent
  const { name = '', namespace = '' } = metadata ?? {}
  if (kind === 'Task') {
    const wanted = [
      ['Pod', taskPodName(name)],
      ['ConfigMap', taskConfigMapName(name)],
    ] as const
    return { made: await owned(api, parent, wanted), tasks: [] }
  }
  if (kind === 'Agent') {
    const wanted = [
      ['Deployment', serverName(name)],
      ['Service', name],
      ['PersistentVolumeClaim', serverClaimName(name, 'sessions')],
      ['PersistentVolumeClaim', serverClaimName(name, 'workspace')],
    ] as const
    return { made: await owned(api, parent, wanted), tasks: await tasksOf(api, namespace, `${labels.agent}=${name}`) }
  }
  if (kind === 'CronTask') return { made: [], tasks: await tasksOf(api, namespace, `${labels.cronTask}=${name}`) }
  if (kind === 'AgentTemplate') {
    const agents = await api
      .list('Agent', { namespace, fieldSelector: `spec.templateRef.name=${name}` })
      .catch(() => [])
    return {
      made: agents.map((agent) => childOf(agent, 'Agent')),
      tasks: await tasksOf(api, namespace, `${labels.agentTemplate}=${name}`),
    }
  }
  return { made: [], tasks: [] }
}
