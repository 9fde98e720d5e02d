import type { AgentPhase, AgentStatus } from '../../crds/agent.ts'
import { SHORTEST_IDLE_SECONDS } from '../../crds/agent.ts'
import { durationSeconds } from '../../crds/duration.ts'
import type { AgentReason } from '../../crds/reasons.ts'
import type { Task } from '../../crds/task.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { timestamp, withConditions, withoutCondition } from '../../shared/conditions.ts'
import { covers } from '../../shared/covers.ts'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import { configFault } from '../../shared/opencode-config/check.ts'
import type { Change, Note, Plan } from '../../shared/plan.ts'
import { userPlaces } from '../../shared/places.ts'
import { accountSecurity, faultText, imageSecurity, sourceSecurity } from '../../shared/security.ts'
import type { ContextFault, File } from '../workload/context-files.ts'
import { contextFiles } from '../workload/context-files.ts'
import { toolFiles } from '../workload/environment.ts'
import { mountFaults } from '../workload/mount-faults.ts'
import { agentUrl, serverName } from '../workload/names.ts'
import { holdsPlace, troubleOf } from '../workload/pod-outcome.ts'
import { runtimeText } from '../workload/runtime-text.ts'
import type { AgentObjects } from './builders.ts'
import type { AccessPlan } from './access.ts'
import { accessOf, authSecretNameOf } from './access.ts'
import { agentObjects } from './builders.ts'
import type { Admission } from './queue.ts'
import { followRemotes, withFollowing } from './git-sync.ts'
import { admit, isLimited, isWaiting } from './queue.ts'
import { dueTimeOf } from './due.ts'
import { placesOf } from './places.ts'
import { isDeploymentReady, isRolling } from './readiness.ts'
import { reconciling, templateGenerationOf } from './rollout.ts'
import type { AgentSight } from './sight.ts'
import { awakeUntil, isInStandby, keepingServer, standbyChange } from './standby.ts'

/** What is named but missing may appear without anybody telling us: ConfigMaps and ServiceAccounts are not ours. */
const missingAgainSeconds = 30

interface Fault {
  readonly reason: AgentReason
  readonly message: string
  readonly isPassing: boolean
}

const condition = (
  type: string,
  status: ConditionUpdate['status'],
  reason: AgentReason,
  message: string,
): ConditionUpdate => ({ type, status, reason, message })

const keyOf = (name: string, namespace: string | undefined): Key => ({
  kind: 'Task',
  name,
  ...(namespace !== undefined && { namespace }),
})

/** References that lead nowhere, before anything is built on them. */
const templateFault = ({ parent, template }: AgentSight): Fault | undefined => {
  const { templateRef } = parent.spec
  if (!templateRef || template) return undefined
  const message = `AgentTemplate ${parent.metadata.namespace}/${templateRef.name} does not exist; create it or correct spec.templateRef`
  return { reason: 'InvalidTemplateRef', message, isPassing: true }
}

/** OpenCode would not start with it. Admission refuses such a configuration, but may have been away. */
const invalidConfig = ({ parent, profile }: AgentSight): Fault | undefined => {
  const fault = configFault(profile.config)
  if (fault === undefined) return undefined
  const isInherited = parent.spec.config === undefined && parent.spec.templateRef !== undefined
  const message = isInherited ? `AgentTemplate ${parent.spec.templateRef?.name}: ${fault}` : fault
  return { reason: 'InvalidConfig', message, isPassing: false }
}

/** Admission refuses what the cluster does not allow, but may not have known it: the settings came later, or too late. */
const forbidden = ({ profile, settings: { security } }: AgentSight): Fault | undefined => {
  const [account] = accountSecurity(profile, security)
  if (account) return { reason: 'InvalidServiceAccount', message: faultText(account), isPassing: false }
  const images = imageSecurity(profile, security)
  if (images.length > 0) return { reason: 'InvalidSpec', message: images.map(faultText).join('; '), isPassing: false }
  const sources = sourceSecurity(profile, security)
  if (sources.length === 0) return undefined
  return { reason: 'InvalidContext', message: sources.map(faultText).join('; '), isPassing: false }
}

const contextFault = (faults: readonly ContextFault[]): Fault | undefined =>
  faults.length === 0
    ? undefined
    : {
        reason: 'InvalidContext',
        message: faults.map(({ message }) => message).join('; '),
        isPassing: faults.some(({ isPassing }) => isPassing),
      }

/** Names that somebody else holds are neither adopted nor overwritten. */
const ownerFault = ({ parent, configMap, service, deployment, claims }: AgentSight): Fault | undefined => {
  const foreign = [configMap, service, deployment, ...claims].find(
    (object) => object && !isControlledBy(object, parent.metadata.uid),
  )
  if (!foreign) return undefined
  const { name, namespace } = foreign.metadata ?? {}
  const message = `${foreign.kind} ${namespace}/${name} belongs to another owner; rename the Agent or remove that object`
  return { reason: 'InvalidOwner', message, isPassing: true }
}

const phaseOf = (fault: Fault | undefined, isSuspended: boolean, isReady: boolean, wasReady: boolean): AgentPhase => {
  if (fault) return 'Invalid'
  if (isSuspended) return 'Suspended'
  if (isReady) return 'Ready'
  return wasReady ? 'NotReady' : 'Pending'
}

const suspendedReason = ({ parent }: AgentSight): 'Standby' | 'UserRequested' =>
  isInStandby(parent) ? 'Standby' : 'UserRequested'

/** Why the server does not answer yet: the kubelet's words, the scheduler's, or the Deployment's. */
const waitingFor = (sight: AgentSight): string => {
  const { deployment, pods, isAccountMissing, missingStorageClasses, profile, parent } = sight
  if (isAccountMissing)
    return `ServiceAccount ${parent.metadata.namespace}/${profile.serviceAccountName} does not exist; create it`
  const [storageClass] = missingStorageClasses
  if (storageClass !== undefined)
    return `StorageClass ${storageClass} does not exist; create it, or delete the Agent and create it with another`
  if (!deployment) return 'the Deployment is being created'
  const trouble = pods.map(troubleOf).find((found) => found !== undefined)
  if (trouble) return trouble.message
  const failure = deployment.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  return failure?.message ?? 'the server is starting'
}

interface Look {
  readonly fault: Fault | undefined
  readonly isSuspended: boolean
  /** Tasks at work that a suspended Agent keeps its server for. */
  readonly keeping: number
  readonly isReady: boolean
}

const suspension = ({ keeping }: Look): string =>
  keeping === 0
    ? 'the server is scaled to zero; volumes and Service are kept'
    : `no Task begins; the server is kept until ${keeping === 1 ? 'the Task that runs on it has' : `the ${keeping} Tasks that run on it have`} ended or are stopped`

const conditionsOf = (sight: AgentSight, look: Look): ConditionUpdate[] => {
  const { fault, isSuspended, keeping, isReady } = look
  const { parent, deployment } = sight
  const { name } = parent.metadata
  const suspended = isSuspended
    ? condition('Suspended', 'True', suspendedReason(sight), suspension(look))
    : condition('Suspended', 'False', 'Active', 'the Agent is not suspended')
  if (isSuspended) {
    const message = `Agent ${name} is suspended`
    return [
      condition('ServerReady', 'False', 'Suspended', message),
      keeping > 0 && deployment && isDeploymentReady(deployment)
        ? condition('ServerHealthy', 'True', 'DeploymentHealthy', `the server of Agent ${name} still answers`)
        : condition('ServerHealthy', 'False', 'Suspended', message),
      suspended,
      fault
        ? condition('Ready', 'False', fault.reason, fault.message)
        : condition('Ready', 'True', 'Suspended', `${message}, as asked`),
    ]
  }
  if (isReady) {
    const message = `the server of Agent ${name} takes Tasks`
    return [
      condition('ServerReady', 'True', 'DeploymentReady', message),
      condition('ServerHealthy', 'True', 'DeploymentHealthy', message),
      suspended,
      fault ? condition('Ready', 'False', fault.reason, fault.message) : condition('Ready', 'True', 'Ready', message),
    ]
  }
  const message = fault?.message ?? waitingFor(sight)
  const isClassMissing = sight.missingStorageClasses.length > 0
  const missing = sight.isAccountMissing ? 'InvalidServiceAccount' : isClassMissing ? 'InvalidStorageClass' : undefined
  const reason = fault?.reason ?? missing ?? 'DeploymentNotReady'
  return [
    condition('ServerReady', 'False', 'DeploymentNotReady', message),
    condition('ServerHealthy', 'False', deployment ? 'DeploymentNotReady' : 'DeploymentNotFound', message),
    suspended,
    condition('Ready', 'False', reason, message),
  ]
}

const idleSinceOf = ({ parent, tasks }: AgentSight, { isSuspended }: Look, now: Date): string | undefined =>
  !parent.spec.standby || tasks.length > 0 || isSuspended ? undefined : (parent.status?.idleSince ?? timestamp(now))

/** Conditions that are there only while they hold. */
const passing = ['StandbyConfigWarning', 'ServerPasswordWarning', 'Reconciling'] as const

const standbyWarning = ({ parent }: AgentSight): ConditionUpdate | undefined => {
  const { idleTimeout } = parent.spec.standby ?? {}
  if (idleTimeout === undefined || (durationSeconds(idleTimeout) ?? 0) >= SHORTEST_IDLE_SECONDS) return undefined
  const message = `spec.standby.idleTimeout is ${idleTimeout}, which stops the server between two Tasks; 2m or more keeps it useful`
  return condition('StandbyConfigWarning', 'True', 'IdleTimeoutTooShort', message)
}

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

/** When to see whether a Task has left the queue that was just called: who called it may not live to tell it. */
const callCheckMs = 5_000

const callCheck = ({ admitted }: Admission, now: Date): readonly number[] =>
  admitted.some(({ status }) => status?.phase === 'Queued') ? [now.getTime() + callCheckMs] : []

const statusOf = (sight: AgentSight, look: Look, admission: Admission, access: AccessPlan, now: Date): AgentStatus => {
  const { parent, settings, profile } = sight
  const { name, namespace = '', generation } = parent.metadata
  const {
    idleSince: _idle,
    dueTime,
    activeTasks: _active,
    taskStartHistory: _starts,
    authSecretName: _secret,
    templateGeneration: _generation,
    ...status
  } = parent.status ?? {}
  const idleSince = idleSinceOf(sight, look, now)
  const deadlines = [...deadlinesOf(sight, admission, idleSince, now), ...callCheck(admission, now)]
  const due = dueTimeOf(dueTime, deadlines, now)
  const authSecretName = authSecretNameOf(sight, sight.deployment !== undefined && isRolling(sight.deployment))
  const templateGeneration = templateGenerationOf(sight)
  const held = [standbyWarning(sight), access.warning, reconciling(sight)].filter((update) => update !== undefined)
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
    queuedTasks: admission.waiting.filter((task) => task.status?.phase === 'Queued').length,
    ...(idleSince !== undefined && { idleSince }),
    ...(due !== undefined && { dueTime: due }),
    ...(isLimited(profile) && { activeTasks: [...admission.activeTasks] }),
    ...(profile.quota && { taskStartHistory: [...admission.taskStartHistory] }),
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
  if (!look.isReady && before?.ready === true && !look.isSuspended)
    tell('Warning', 'NotReady', 'Observe', `the server of Agent ${name} does not answer any more`)
  return notes
}

/** Whether what all its Tasks wait for has changed. */
const hasTurned = ({ status }: AgentSight['parent'], look: Look): boolean =>
  look.isReady !== (status?.ready ?? false) || look.isSuspended !== (status?.suspended ?? false)

/**
 * Tasks to look at: those whose turn came. Who is still in the queue is told by its place; who has not said yet that it
 * waits, when what all wait for has changed.
 */
const wakeOf = ({ parent, profile, tasks }: AgentSight, look: Look, admission: Admission): Key[] => {
  const waiting = tasks.filter(({ status }) => status?.podName === undefined)
  const isQueued = ({ status }: Task): boolean => status?.phase === 'Queued'
  // Where limits were lifted, nobody is admitted: whoever still waits for a slot may start.
  const isFree = look.isReady && !isLimited(profile)
  const turned = isFree ? waiting.filter(isQueued) : [...admission.admitted, ...admission.overdue]
  const unsaid = hasTurned(parent, look) ? waiting.filter((task) => !isQueued(task)) : []
  return [...new Set([...turned, ...unsaid])].map(({ metadata }) => keyOf(metadata.name, metadata.namespace))
}

const ownerUid = ({ metadata }: Pod): string =>
  metadata?.ownerReferences?.find(({ controller }) => controller)?.uid ?? ''

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
  if (deletionTimestamp !== undefined)
    return { wake: tasks.filter(isWaiting).map(({ metadata }) => keyOf(metadata.name, namespace)) }
  const asked = standbyChange(parent, tasks, now)
  if (asked) return { patch: asked, wake: [{ kind: 'Agent', name, ...(namespace !== undefined && { namespace }) }] }

  const layout = contextFiles(profile.contexts ?? [], {
    namespace: parent.metadata.namespace ?? '',
    workspaceDir: profile.workspaceDir ?? '',
    configMaps: sight.contextMaps,
    runtimeText,
    taken: userPlaces(profile),
  })
  const fault =
    templateFault(sight) ??
    ownerFault(sight) ??
    forbidden(sight) ??
    invalidConfig(sight) ??
    contextFault([...mountFaults(profile), ...layout.faults])
  const files: readonly File[] = [...toolFiles(profile, profile.contexts ?? []), ...layout.files]
  const isSuspended = parent.spec.suspend
  const keeping = isSuspended ? keepingServer(parent, tasks).length : 0
  const server = { ...parent, spec: { ...parent.spec, suspend: isSuspended && keeping === 0 } }
  const isReady = !isSuspended && deployment !== undefined && isDeploymentReady(deployment)
  const look: Look = { fault, isSuspended, keeping, isReady }
  const lingering = new Set(sight.taskPods.filter((pod) => holdsPlace(pod, now)).map(ownerUid))
  const admission = admit(parent, profile, { unfinished: tasks, lingering }, isReady && !fault, now)
  const access = accessOf(sight)
  const status = statusOf(sight, look, admission, access, now)
  const places = placesOf(admission.waiting, parent, { ...parent, status }, profile, now)
  const slots = admission.activeTasks.map(({ uid }) => uid)
  const following = followRemotes(sight, { isSuspended, isSound: !fault, slots }, now)
  const objects = fault
    ? undefined
    : agentObjects(server, profile, settings, files, {
        gitHashes: following.hashes,
        passwordDigest: access.digest,
        templateGeneration: sight.template?.metadata.generation,
      })
  const waits = [
    ...deadlinesOf(sight, admission, status.idleSince, now).map((deadline) => (deadline - now.getTime()) / 1000),
    ...(places.againSeconds === undefined ? [] : [places.againSeconds]),
    ...(following.againSeconds === undefined ? [] : [following.againSeconds]),
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
        ...outdated(configMap, objects.configMap),
        ...outdated(service, objects.service),
        ...outdated(deployment, objects.deployment),
      ],
    }),
    ...(change.length > 0 && { change }),
    status: withFollowing(status, following, now, parent.metadata.generation),
    events: [...notesOf(sight, objects, look), ...following.notes],
    wake: wakeOf(sight, look, admission),
    ...(places.changes.length > 0 && { others: places.changes }),
    ...(waits.length > 0 && { againSeconds: Math.min(...waits) }),
  }
}

/** The apiserver refused one of the Agent's objects for good: Pod Security, a webhook, an invalid field. */
export const agentRefused = ({ parent }: AgentSight, message: string, now: Date): Plan => {
  const { generation } = parent.metadata
  const update = condition('Ready', 'False', 'InvalidSpec', message)
  return {
    status: {
      ...parent.status,
      phase: 'Invalid',
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: withConditions(parent.status?.conditions, [update], now, generation),
    },
  }
}
