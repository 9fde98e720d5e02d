import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { ConfigMap, Pod } from 'kubernetes-types/core/v1'
import type { Key } from '../../shared/hint.ts'
import { configRef } from '../../shared/kubernetes.ts'
import { mergeTemplate, templateProfile } from '../../shared/merge-template.ts'
import type { ClusterReader, SessionReport } from '../../shared/ports.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { predecessorOf } from '../agent/queue.ts'
import { isMaybeAsking } from '../workload/asking.ts'
import { configMapNames } from '../workload/context-files.ts'
import { sessionServer, taskConfigMapName, taskPodName } from '../workload/names.ts'
import { accessTo, missesPassword } from '../workload/password.ts'
import type { Defaults } from '../workload/settings.ts'
import { settingsOf } from '../workload/settings.ts'
import { contextsOf, titleOf } from './builders.ts'
import { podOutcome } from '../workload/pod-outcome.ts'
import type { Target, TaskSight } from './sight.ts'
import { isFinished } from '../../shared/finished.ts'

const targetOf = async (reader: ClusterReader, { metadata, spec, status }: Task): Promise<Target> => {
  const { namespace = '' } = metadata
  if (spec.agentRef) {
    const { name } = spec.agentRef
    const agent = await reader.get({ kind: 'Agent', namespace, name })
    if (!agent) return { kind: 'missing', message: `Agent ${namespace}/${name} does not exist` }
    if (agent.metadata.deletionTimestamp !== undefined)
      return { kind: 'missing', message: `Agent ${namespace}/${name} is being deleted` }
    const { templateRef } = agent.spec
    const template = templateRef && (await reader.get({ kind: 'AgentTemplate', namespace, name: templateRef.name }))
    // A Task that has begun is ended and judged on its Agent's server all the same.
    if (templateRef && !template && status?.podName === undefined)
      return {
        kind: 'missing',
        message: `AgentTemplate ${namespace}/${templateRef.name} of Agent ${name} does not exist`,
      }
    return { kind: 'agent', name, agent, profile: mergeTemplate(agent.spec, template?.spec) }
  }
  const name = spec.templateRef?.name ?? ''
  const template = await reader.get({ kind: 'AgentTemplate', namespace, name })
  if (!template) return { kind: 'missing', message: `AgentTemplate ${namespace}/${name} does not exist` }
  return { kind: 'template', name, template, profile: templateProfile(template.spec) }
}

/** Asked only where the Pod has ended without leaving a summary, which is what a runner of the user's own does. */
const sessionOf = async (
  { sessions }: Senses,
  task: Task,
  target: Target,
  pod: Pod | undefined,
): Promise<SessionReport | 'unreachable' | undefined> => {
  if (isFinished(task) || !pod || target.kind !== 'agent' || target.profile.command !== undefined) return undefined
  const outcome = podOutcome(pod)
  const isSilent = (outcome.state === 'succeeded' || outcome.state === 'failed') && outcome.session === undefined
  if (!isSilent) return undefined
  return sessions.find(sessionServer(target.agent), titleOf(task))
}

/** Asked only while the Pod says that its agent waits, while we say so, or where a person has answered. */
const askingOf = async (
  { sessions }: Senses,
  task: Task,
  target: Target,
  pod: Pod | undefined,
): Promise<Pick<TaskSight, 'asking'>> => {
  if (isFinished(task) || !pod || target.kind !== 'agent' || target.profile.command !== undefined) return {}
  if (pod.metadata?.deletionTimestamp !== undefined || podOutcome(pod).state !== 'running') return {}
  const isAnswered = task.metadata.annotations?.[annotations.answer] !== undefined
  if (!isMaybeAsking(pod) && !isAnswered && task.status?.question === undefined) return {}
  return { asking: await sessions.asking(sessionServer(target.agent), titleOf(task)) }
}

export const gatherTask =
  (defaults: Defaults) =>
  async (senses: Senses, { namespace = '', name }: Key): Promise<TaskSight | undefined> => {
    const { reader } = senses
    const { cause } = senses.hint
    const isCreated = cause?.operation === 'CREATE' && cause.ref.kind === 'Task' && cause.ref.name === name
    const podRef = { kind: 'Pod', namespace, name: taskPodName(name) } as const
    const configMapRef = { kind: 'ConfigMap', namespace, name: taskConfigMapName(name) } as const
    // Whatever becomes of a Task that is not new, its Pod is needed.
    const firstPod = isCreated ? undefined : reader.get(podRef)
    firstPod?.catch(() => {})
    const parent = await reader.get({ kind: 'Task', namespace, name })
    if (!parent) return undefined
    // What only a start needs is not read again for a Task that has started.
    const hasStarted = parent.status?.podName !== undefined
    // What nobody has looked at has nothing yet; should that be wrong, its name is found taken.
    const isNew =
      isCreated && parent.status === undefined && parent.metadata.annotations?.[annotations.stop] === undefined
    const [target, seen, config, configMap] = await Promise.all([
      targetOf(reader, parent),
      isNew ? undefined : (firstPod ?? reader.get(podRef)),
      hasStarted ? undefined : reader.get(configRef),
      hasStarted || isNew ? undefined : reader.get(configMapRef),
    ])
    // That a Pod is lost is final, so it is not said after one look.
    const isMissed = !seen && hasStarted && !isFinished(parent)
    const pod = isMissed ? await reader.get(podRef) : seen
    const contextMaps = new Map<string, ConfigMap | undefined>()
    const isToStart = !hasStarted && !pod && target.kind !== 'missing'
    if (isToStart) {
      const names = configMapNames(contextsOf(parent, target))
      const found = await Promise.all(names.map((map) => reader.get({ kind: 'ConfigMap', namespace, name: map })))
      for (const [index, map] of names.entries()) contextMaps.set(map, found[index])
    }
    const before = isToStart && target.kind === 'agent' && predecessorOf(target.agent, parent.metadata.uid, senses.now)
    const named = before ? await reader.get({ kind: 'Task', namespace, name: before.name }) : undefined
    const session = await sessionOf(senses, parent, target, pod)
    const asking = await askingOf(senses, parent, target, pod)
    const isShutOut = pod !== undefined && target.kind === 'agent' && missesPassword(pod, target.name)
    const lostAccess = isShutOut && { lostAccess: await accessTo(senses.passwords, target.agent) }
    return {
      ...lostAccess,
      ...asking,
      parent,
      settings: settingsOf(config, defaults),
      target,
      pod,
      configMap,
      contextMaps,
      predecessor: before && named?.metadata.uid === before.uid ? named : undefined,
      session,
    }
  }
