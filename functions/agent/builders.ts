import type { Agent } from '../../crds/agent.ts'
import { annotations, labels } from '../../crds/names.ts'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type {
  ConfigMap,
  Container,
  PersistentVolumeClaim,
  Probe,
  Service,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1'
import { hashOf } from '../../shared/hash.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { ownedBy } from '../../shared/kubernetes.ts'
import { guardHealthPath, guardPortName } from '../../shared/server-access.ts'
import type { File } from '../workload/context-files.ts'
import { openCodeEnv } from '../workload/environment.ts'
import { agentLabels, serverClaimName, serverConfigMapName, serverName } from '../workload/names.ts'
import { filesData, podLabels, podSpec } from '../workload/pod.ts'
import type { Settings } from '../workload/settings.ts'
import { guardContainer, guardedEnv, guardPortOf, passwordCheck } from './access.ts'
import { followedBy } from './git-sync.ts'

const serverContainer = 'opencode-server'
const sessionsDir = '/data/sessions'

/** Everything an Agent owns, in the order it is made. */
export interface AgentObjects {
  readonly configMap: ConfigMap | undefined
  readonly claims: readonly PersistentVolumeClaim[]
  readonly service: Service
  readonly deployment: Deployment
}

export const appliedHash = 'kubeopencode.io/applied-hash'
/** On the Deployment: of what its Agent asks of its server. */
export const askedHash = 'kubeopencode.io/asked-hash'

/** Marks an object with what we want of it, so that a field we no longer want is noticed too. */
const marked = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata?.annotations, [appliedHash]: hashOf(object) },
  },
})

/** A server may be slow to listen, and a wedged one keeps its port open: only an answer over HTTP counts. */
const probes = (
  httpGet: NonNullable<Probe['httpGet']>,
): Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> => {
  return {
    startupProbe: { httpGet, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 180 },
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    livenessProbe: { httpGet, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 3 },
  }
}

const storage = ({ metadata, spec }: Agent) => {
  const { sessions, workspace } = spec.persistence ?? {}
  const volume = (name: string, use: 'sessions' | 'workspace'): Volume => ({
    name,
    persistentVolumeClaim: { claimName: serverClaimName(metadata.name, use) },
  })
  const mounts: VolumeMount[] = sessions ? [{ name: 'sessions', mountPath: sessionsDir }] : []
  return {
    extra: { volumes: sessions ? [volume('sessions', 'sessions')] : [], mounts },
    env: sessions ? [{ name: 'OPENCODE_DB', value: `${sessionsDir}/opencode.db` }] : [],
    ...(workspace && { workspaceVolume: volume('workspace', 'workspace') }),
  }
}

/** What an Agent's objects say besides its own settings. */
export interface Circumstances {
  /** Annotations of the pod template that say which commits it was rolled out with. */
  readonly gitHashes?: Readonly<Record<string, string>>
  /** Digest of the server's password; without it the server has none. */
  readonly passwordDigest?: string | undefined
  readonly templateGeneration?: number | undefined
}

/**
 * The kernel keeps SIGTERM from a container's first process that has no handler for it, and OpenCode has none: every
 * rollout and every sleep would wait for the kubelet to kill it. So sh is the first, and hands it on.
 */
const supervised = `supervised() {
  "$@" &
  child=$!
  trap 'kill -TERM "$child"' TERM
  wait "$child"
  code=$?
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  return "$code"
}`

/** Of what an Agent and its template say, what its server is made of; not how many Tasks it takes, and not whether it is suspended. */
const askedHashOf = ({ spec }: Agent, profile: Profile): string => {
  const {
    suspend: _suspend,
    standby: _standby,
    maxConcurrentTasks: _limit,
    quota: _quota,
    ...asked
  } = {
    ...spec,
    ...profile,
  }
  return hashOf(asked)
}

export const agentObjects = (
  agent: Agent,
  profile: Profile,
  settings: Settings,
  files: readonly File[],
  { gitHashes, passwordDigest, templateGeneration }: Circumstances = {},
): AgentObjects => {
  const { name } = agent.metadata
  const { port, persistence, suspend } = agent.spec
  const own = agentLabels(name)
  const selector = { [labels.agent]: name }
  const configMapName = serverConfigMapName(name)
  const { extra, env, workspaceVolume } = storage(agent)
  const extraPorts = profile.extraPorts ?? []
  const followed = followedBy(agent, profile)
  const guardPort = guardPortOf([port, ...extraPorts.map((extraPort) => extraPort.port)])
  const isGuarded = passwordDigest !== undefined
  const serve = `supervised /tools/opencode serve --port ${port} --hostname 0.0.0.0`

  const claims = (['sessions', 'workspace'] as const).flatMap((use): PersistentVolumeClaim[] => {
    const claim = persistence?.[use]
    if (!claim) return []
    return [
      ownedBy<PersistentVolumeClaim>(agent, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: serverClaimName(name, use), labels: own },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: claim.size } },
          ...(claim.storageClassName !== undefined && { storageClassName: claim.storageClassName }),
        },
      }),
    ]
  })

  const pod = podSpec({
    profile,
    settings,
    files,
    configMapName,
    contexts: profile.contexts ?? [],
    followed,
    isAgentProcess: true,
    extra,
    ...(isGuarded && { sidecars: [guardContainer(agent, guardPort, passwordDigest, settings)] }),
    ...(workspaceVolume && { workspaceVolume }),
    main: {
      name: serverContainer,
      // Why a server does not start, such as a full volume, is told by its last lines alone.
      terminationMessagePolicy: 'FallbackToLogsOnError',
      image: profile.executorImage ?? settings.images.executor,
      command: [
        'sh',
        '-c',
        ['export PATH="/tools:$PATH"', ...(isGuarded ? [passwordCheck(agent)] : []), supervised, serve].join('\n'),
      ],
      env: [...openCodeEnv(profile, files), ...env, ...(isGuarded ? guardedEnv(name, passwordDigest) : [])],
      ports: [
        { name: 'http', containerPort: port },
        ...extraPorts.map((extraPort) => ({
          name: extraPort.name,
          containerPort: extraPort.port,
          protocol: extraPort.protocol,
        })),
      ],
      // The kubelet could show the password only openly, in the Pod's spec: it asks the guard, which asks the server.
      ...probes(isGuarded ? { path: guardHealthPath, port: guardPort } : { path: '/global/health', port: 'http' }),
    },
  })

  return {
    configMap:
      files.length === 0
        ? undefined
        : marked(
            ownedBy<ConfigMap>(agent, {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: { name: configMapName, labels: own },
              ...filesData(files),
            }),
          ),
    claims,
    service: marked(
      ownedBy<Service>(agent, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, labels: own },
        spec: {
          selector,
          ports: [
            { name: 'http', port, targetPort: 'http', protocol: 'TCP' },
            ...extraPorts.map((extraPort) => ({
              name: extraPort.name,
              port: extraPort.port,
              targetPort: extraPort.name,
              protocol: extraPort.protocol,
            })),
            ...(isGuarded
              ? [{ name: guardPortName, port: guardPort, targetPort: guardPortName, protocol: 'TCP' }]
              : []),
            ...followed.map(({ index, port: syncPort }) => ({
              name: `git-sync-${index}`,
              port: syncPort,
              targetPort: syncPort,
              protocol: 'TCP',
            })),
          ],
        },
      }),
    ),
    deployment: marked(
      ownedBy<Deployment>(agent, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: {
          name: serverName(name),
          labels: own,
          annotations: {
            [askedHash]: askedHashOf(agent, profile),
            ...(templateGeneration !== undefined && { [annotations.templateGeneration]: String(templateGeneration) }),
          },
        },
        spec: {
          replicas: suspend ? 0 : 1,
          revisionHistoryLimit: 3,
          // A volume with one writer cannot be handed over while the old Pod still has it.
          strategy: persistence ? { type: 'Recreate' } : { type: 'RollingUpdate' },
          selector: { matchLabels: selector },
          template: {
            metadata: {
              labels: podLabels(profile, own),
              annotations: {
                // Whoever looks in with kubectl means the server, not what stands beside it.
                'kubectl.kubernetes.io/default-container': serverContainer,
                ...profile.podSpec?.annotations,
                [annotations.contextHash]: hashOf(files),
                ...gitHashes,
                ...(isGuarded && { [annotations.serverPassword]: passwordDigest }),
              },
            },
            spec: pod,
          },
        },
      }),
    ),
  }
}
