import type { Agent } from '../../crds/agent.ts'
import { agentAppLabels, annotations, labels } from '../../crds/names.ts'
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
import { ownedBy } from '../../shared/reconcile.ts'
import type { File } from '../workload/context-files.ts'
import { openCodeEnv } from '../workload/environment.ts'
import { serverClaimName, serverConfigMapName, serverName } from '../workload/names.ts'
import { filesData, podLabels, podSpec } from '../workload/pod.ts'
import type { Settings } from '../workload/settings.ts'
import { followedBy } from './git-sync.ts'

const sessionsDir = '/data/sessions'

/** Everything an Agent owns, in the order it is made. */
export interface AgentObjects {
  readonly configMap: ConfigMap | undefined
  readonly claims: readonly PersistentVolumeClaim[]
  readonly service: Service
  readonly deployment: Deployment
}

const appliedHash = 'kubeopencode.io/applied-hash'

/** Marks an object with what we want of it, so that a field we no longer want is noticed too. */
const marked = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata?.annotations, [appliedHash]: hashOf(object) },
  },
})

/** A server may be slow to listen, and a wedged one keeps its port open: only an answer over HTTP counts. */
const probes = (): Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> => {
  const httpGet: Probe['httpGet'] = { path: '/global/health', port: 'http' }
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

export const agentObjects = (
  agent: Agent,
  profile: Profile,
  settings: Settings,
  files: readonly File[],
  gitHashes: Readonly<Record<string, string>> = {},
): AgentObjects => {
  const { name } = agent.metadata
  const { port, persistence, suspend } = agent.spec
  const own = { [labels.agent]: name, ...agentAppLabels(name) }
  const selector = { [labels.agent]: name }
  const configMapName = serverConfigMapName(name)
  const { extra, env, workspaceVolume } = storage(agent)
  const extraPorts = profile.extraPorts ?? []
  const followed = followedBy(agent, profile)

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
    ...(workspaceVolume && { workspaceVolume }),
    main: {
      name: 'opencode-server',
      image: profile.executorImage ?? settings.images.executor,
      command: ['sh', '-c', `export PATH="/tools:$PATH"\nexec /tools/opencode serve --port ${port} --hostname 0.0.0.0`],
      env: [...openCodeEnv(profile, files), ...env],
      ports: [
        { name: 'http', containerPort: port },
        ...extraPorts.map((extraPort) => ({
          name: extraPort.name,
          containerPort: extraPort.port,
          protocol: extraPort.protocol,
        })),
      ],
      ...probes(),
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
        metadata: { name: serverName(name), labels: own },
        spec: {
          replicas: suspend ? 0 : 1,
          revisionHistoryLimit: 3,
          // A volume with one writer cannot be handed over while the old Pod still has it.
          strategy: persistence ? { type: 'Recreate' } : { type: 'RollingUpdate' },
          selector: { matchLabels: selector },
          template: {
            metadata: {
              labels: podLabels(profile, own),
              annotations: { ...profile.podSpec?.annotations, [annotations.contextHash]: hashOf(files), ...gitHashes },
            },
            spec: pod,
          },
        },
      }),
    ),
  }
}
