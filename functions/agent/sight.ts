import type { Agent } from '../../crds/agent.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { ConfigMap, PersistentVolumeClaim, Pod, Service } from 'kubernetes-types/core/v1'
import type { Profile } from '../../shared/merge-template.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import type { ServerAccess } from '../../shared/ports.ts'
import type { Settings } from '../workload/settings.ts'
import type { AgentTask } from './queue.ts'

/** Everything that is known when an Agent is decided on. Objects are those of the Agent's names, whoever owns them. */
export interface AgentSight {
  readonly parent: Agent
  readonly settings: Settings
  /** The password its server gets; undefined where the cluster's settings ask for none. */
  readonly access: ServerAccess | undefined
  /** Undefined where templateRef names none or one that does not exist. */
  readonly template: AgentTemplate | undefined
  readonly profile: Profile
  readonly configMap: ConfigMap | undefined
  readonly service: Service | undefined
  readonly deployment: Deployment | undefined
  readonly claims: readonly PersistentVolumeClaim[]
  /** Whether the ServiceAccount of its Pods is not there; asked only while the server does not run. */
  readonly isAccountMissing: boolean
  /** Names of StorageClasses that its volumes ask for and that are not there; read only while the server does not run. */
  readonly missingStorageClasses: readonly string[]
  /** The server's Pods, read only while the Deployment is not ready or rolls, for the kubelet's words. */
  readonly pods: readonly Pod[]
  readonly contextMaps: ReadonlyMap<string, ConfigMap | undefined>
  /** What git-sync says, by context; undefined where nobody was asked because no server runs. */
  readonly syncs: ReadonlyMap<string, SyncReport> | undefined
  /** The Agent's Tasks that have not ended. */
  readonly tasks: readonly AgentTask[]
  /** Pods of Tasks that hold a slot and have ended or are gone, as far as they are there. */
  readonly taskPods: readonly Pod[]
}
