import type { AgentStatus } from '../../crds/agent.ts'
import { timestamp, withConditions, withoutCondition } from '../../shared/conditions.ts'
import { covers } from '../../shared/covers.ts'
import type { Hint } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import type { Change, Note, Plan } from '../../shared/plan.ts'
import { userPlaces } from '../../shared/places.ts'
import type { File } from '../workload/context-files.ts'
import { contextFiles } from '../workload/context-files.ts'
import { toolFiles } from '../workload/environment.ts'
import { agentUrl, serverName } from '../workload/names.ts'
import { runtimeText } from '../workload/runtime-text.ts'
import type { AgentObjects } from './builders.ts'
import type { AccessPlan } from './access.ts'
import { accessOf, authSecretNameOf } from './access.ts'
import { agentObjects } from './builders.ts'
import type { Look } from './conditions.ts'
import { conditionsOf, passing, phaseOf, standbyWarning, suspendedReason, suspension } from './conditions.ts'
import { faultOf } from './faults.ts'
import type { Admission, AgentTask } from './queue.ts'
import { followRemotes, withFollowing } from './git-sync.ts'
import type { HeldBack } from './held-back.ts'
import { heldBack } from './held-back.ts'
import { activeNames, admit, callOf, isLimited, isWaiting, keyOf, laterCalls, queueStatus, whoBegins } from './queue.ts'
import { callCheck, dueTimeOf } from './due.ts'
import { placesLater, placesOf } from './places.ts'
import { isDeploymentReady, isRolling } from './readiness.ts'
import { reconciling, templateGenerationOf } from './rollout.ts'
import { endOfServer, troubleOfServer } from './server-trouble.ts'
import type { AgentSight } from './sight.ts'
import { awakeUntil, keepingServer, standbyChange } from './standby.ts'
import { lingeringOf } from './tasks.ts'

/** What is named but missing may appear without anybody telling us: ConfigMaps and ServiceAccounts are not ours. */
const missingAgainSeconds = 30

const idleSinceOf = ({ parent, tasks }: AgentSight, { isSuspended }: Look, now: Date): string | undefined =>
  !parent.spec.standby || tasks.length > 0 || isSuspended ? undefined : (parent.status?.idleSince ?? timestamp(now))

/** Moments at which time alone changes something, in milliseconds since 1970. */
const deadlinesOf = (
  { parent }: AgentSight,
  { opensAt }: Admission,
  idleSince: string | undefined,
  now: Date,
): readonly number[] => [
  ...(opensAt === undefined ? [] : [opensAt]),
  ...(idleSince === undefined ? [] : [awakeUntil(parent, idleSince, now)]),
]

const statusOf = (
  sight: AgentSight,
  look: Look,
  admission: Admission,
  access: AccessPlan,
  restart: HeldBack | undefined,
  now: Date,
): AgentStatus => {
  const { parent, settings, profile } = sight
  const { name, namespace = '', generation } = parent.metadata
  const {
    idleSince: _idle,
    dueTime,
    activeTasks: _active,
    taskStartHistory: _starts,
    nextTasks: _next,
    authSecretName: _secret,
    templateGeneration: _generation,
    ...status
  } = parent.status ?? {}
  const idleSince = idleSinceOf(sight, look, now)
  const deadlines = [...deadlinesOf(sight, admission, idleSince, now), ...callCheck(admission, now)]
  const due = dueTimeOf(dueTime, deadlines, now)
  const authSecretName = authSecretNameOf(sight, sight.deployment !== undefined && isRolling(sight.deployment))
  const templateGeneration = templateGenerationOf(sight)
  const held = [standbyWarning(sight), access.warning, restart?.condition ?? reconciling(sight)].filter(
    (update) => update !== undefined,
  )
  const updates = [...conditionsOf(sight, look), ...held]
  const past = passing.filter((type) => !held.some((update) => update.type === type))
  const conditions = past.reduce<AgentStatus['conditions'] & object>(
    (left, type) => withoutCondition(left, type),
    withConditions(parent.status?.conditions, updates, now, generation),
  )
  return {
    ...status,
    phase: phaseOf(
      look.fault,
      look.isSuspended,
      look.isReady,
      parent.status?.phase === 'Ready' || parent.status?.phase === 'NotReady',
    ),
    ...(generation !== undefined && { observedGeneration: generation }),
    deploymentName: serverName(name),
    serviceName: name,
    url: agentUrl(name, namespace, settings.clusterDomain, parent.spec.port),
    ...(authSecretName !== undefined && { authSecretName }),
    ...(templateGeneration !== undefined && { templateGeneration }),
    ready: look.isReady,
    suspended: look.isSuspended,
    ...(idleSince !== undefined && { idleSince }),
    ...(due !== undefined && { dueTime: due }),
    ...queueStatus(parent, profile, admission, now),
    conditions,
  }
}

/** Told once, when it happens: each Event compares what the status said before with what it says now. */
const notesOf = (sight: AgentSight, objects: AgentObjects | undefined, look: Look): Note[] => {
  const { parent, deployment, service } = sight
  const { name } = parent.metadata
  const before = parent.status
  const notes: Note[] = []
  const tell = (type: Note['type'], reason: string, action: string, message: string) =>
    notes.push({ type, reason, action, message })
  if (objects && !deployment)
    tell('Normal', 'DeploymentCreated', 'CreateDeployment', `created Deployment ${serverName(name)}`)
  if (objects && !service) tell('Normal', 'ServiceCreated', 'CreateService', `created Service ${name}`)
  if (look.isSuspended && before?.suspended !== true) {
    const reason = suspendedReason(sight) === 'Standby' ? 'StandbySuspended' : 'UserSuspended'
    tell('Normal', reason, 'Suspend', `Agent ${name} is suspended: ${suspension(look)}`)
  }
  if (!look.isSuspended && before?.suspended === true) tell('Normal', 'Resumed', 'Resume', `Agent ${name} is resumed`)
  if (look.isReady && before?.ready !== true)
    tell('Normal', 'Ready', 'Observe', `the server of Agent ${name} takes Tasks`)
  if (!look.isReady && before?.ready === true && !look.isSuspended) {
    const why = troubleOfServer(sight) ?? endOfServer(sight)
    const detail = why === undefined ? '' : `: ${why}`
    tell('Warning', 'NotReady', 'Observe', `the server of Agent ${name} does not answer any more${detail}`)
  }
  return notes
}

/** Whether what all its Tasks wait for has changed. */
const hasTurned = ({ status }: AgentSight['parent'], look: Look): boolean =>
  look.isReady !== (status?.ready ?? false) || look.isSuspended !== (status?.suspended ?? false)

/**
 * Tasks to look at: the first of those whose turn came, as each tells the next once it has begun. Who is still in the queue
 * is told by its place; who has not said yet that it waits, when what all wait for has changed.
 */
const calls = (sight: AgentSight, look: Look, admission: Admission, status: AgentStatus, now: Date): Hint[] => {
  const { parent, profile, tasks } = sight
  const waiting = tasks.filter(({ status }) => status?.podName === undefined)
  const isQueued = ({ status }: AgentTask): boolean => status?.phase === 'Queued'
  // Where limits were lifted, nobody is admitted: whoever still waits for a slot may start.
  const isFree = look.isReady && !isLimited(profile)
  const unsaid = hasTurned(parent, look) ? waiting.filter((task) => !isQueued(task)) : []
  const turned = isFree ? waiting.filter(isQueued) : whoBegins(admission)
  const call = callOf({ ...parent, status }, now)
  return [...[...new Set([...turned, ...unsaid])].map(({ metadata }) => call(metadata)), ...laterCalls(admission)]
}

/** `wanted`, where what is there has not all of it; with the uid of what is there, so that no other is changed. */
const outdated = (actual: KubeObject | undefined, wanted: KubeObject | undefined): KubeObject[] => {
  if (!wanted || (actual && covers(actual, wanted))) return []
  const uid = actual?.metadata?.uid
  return [uid === undefined ? wanted : { ...wanted, metadata: { ...wanted.metadata, uid } }]
}

/** An Agent with a fault keeps the server it has, but not while it is suspended. */
const scaledDown = ({ parent, deployment }: AgentSight, { fault, isSuspended, keeping }: Look): Change[] =>
  fault &&
  isSuspended &&
  keeping === 0 &&
  deployment &&
  isControlledBy(deployment, parent.metadata.uid) &&
  deployment.spec?.replicas !== 0
    ? [{ object: deployment, patch: { spec: { replicas: 0 } } }]
    : []

export const decideAgent = (sight: AgentSight, now: Date): Plan => {
  const { parent, settings, profile, configMap, service, deployment, claims, tasks } = sight
  const { name, namespace, deletionTimestamp } = parent.metadata
  if (deletionTimestamp !== undefined) return { wake: tasks.filter(isWaiting).map(keyOf) }
  const asked = standbyChange(parent, tasks, now)
  if (asked) return { patch: asked, wake: [{ kind: 'Agent', name, ...(namespace !== undefined && { namespace }) }] }

  const layout = contextFiles(profile.contexts ?? [], {
    namespace: parent.metadata.namespace ?? '',
    workspaceDir: profile.workspaceDir ?? '',
    configMaps: sight.contextMaps,
    runtimeText,
    taken: userPlaces(profile),
  })
  const fault = faultOf(sight, layout.faults)
  const files: readonly File[] = [...toolFiles(profile, profile.contexts ?? []), ...layout.files]
  const isSuspended = parent.spec.suspend
  const keeping = isSuspended ? keepingServer(parent, tasks).length : 0
  const server = { ...parent, spec: { ...parent.spec, suspend: isSuspended && keeping === 0 } }
  const isReady = !isSuspended && deployment !== undefined && isDeploymentReady(deployment)
  const look: Look = { fault, isSuspended, keeping, isReady }
  const lingering = lingeringOf(sight.taskPods, now)
  const admission = admit(parent, profile, { unfinished: tasks, lingering }, isReady && !fault, now)
  const access = accessOf(sight)
  const slots = admission.activeTasks.map(({ uid }) => uid)
  const following = followRemotes(sight, { isSuspended, isSound: !fault, slots }, now)
  const objects = fault
    ? undefined
    : agentObjects(server, profile, settings, files, {
        gitHashes: following.hashes,
        passwordDigest: access.digest,
        templateGeneration: sight.template?.metadata.generation,
      })
  const isServing = deployment !== undefined && isDeploymentReady(deployment) && (!isSuspended || keeping > 0)
  const restart = objects && heldBack(sight, objects.deployment, isServing, activeNames(tasks, slots), now)
  const status = statusOf(sight, look, admission, access, restart, now)
  const moved = placesOf(admission.waiting, { ...parent, status }, profile, now)
  // Who was just told to begin goes first, and the next start may be near.
  const places = admission.admitted.length > 0 && moved.changes.length > 0 ? placesLater(now) : moved
  const waits = [
    ...deadlinesOf(sight, admission, status.idleSince, now).map((deadline) => (deadline - now.getTime()) / 1000),
    ...(places.againSeconds === undefined ? [] : [places.againSeconds]),
    ...(following.againSeconds === undefined ? [] : [following.againSeconds]),
    ...(restart ? [restart.leftSeconds] : []),
    ...(fault?.isPassing || sight.isAccountMissing || sight.missingStorageClasses.length > 0
      ? [missingAgainSeconds]
      : []),
  ]

  const change = scaledDown(sight, look)
  const known = (name: string | undefined) => claims.some(({ metadata }) => metadata?.name === name)
  return {
    ...(objects && {
      ensure: access.ensure,
      create: objects.claims.filter(({ metadata }) => !known(metadata?.name)),
      apply: [
        ...(restart ? [] : outdated(configMap, objects.configMap)),
        ...outdated(service, objects.service),
        ...(restart ? [] : outdated(deployment, objects.deployment)),
      ],
    }),
    ...(change.length > 0 && { change }),
    status: withFollowing(status, following, now, parent.metadata.generation),
    events: [...notesOf(sight, objects, look), ...following.notes],
    hints: calls(sight, look, admission, status, now),
    ...(places.changes.length > 0 && { others: places.changes }),
    ...(waits.length > 0 && { againSeconds: Math.min(...waits) }),
  }
}
