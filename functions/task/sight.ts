import type { Agent } from '../../crds/agent.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { Task } from '../../crds/task.ts'
import type { ConfigMap, Pod } from 'kubernetes-types/core/v1'
import type { Asked, ServerAccess, SessionReport } from '../../shared/ports.ts'
import type { Settings } from '../workload/settings.ts'

/** Who does the work: a live Agent's server, or an ephemeral Pod of a template. */
export type Target =
  | { readonly kind: 'agent'; readonly name: string; readonly agent: Agent; readonly profile: Profile }
  | { readonly kind: 'template'; readonly name: string; readonly template: AgentTemplate; readonly profile: Profile }
  | { readonly kind: 'missing'; readonly message: string }

/** Everything that is known when a Task is decided on. */
export interface TaskSight {
  readonly parent: Task
  /** Of this build alone, without the cluster's, once the Task has started. */
  readonly settings: Settings
  readonly target: Target
  /** The object named `{task}-pod`, whoever owns it. */
  readonly pod: Pod | undefined
  /** The object named `{task}-context`, whoever owns it; not read once the Task has started. */
  readonly configMap: ConfigMap | undefined
  /** ConfigMaps that the contexts name; without a value where there is none. Read for a start alone. */
  readonly contextMaps: ReadonlyMap<string, ConfigMap | undefined>
  /** Whose turn came just before this Task's, while it may not have begun; read for a start alone. */
  readonly predecessor: Task | undefined
  /** What the Agent's server knows of the session; asked only when the Pod has ended without saying it itself. */
  readonly session: SessionReport | 'unreachable' | undefined
  /** What its agent waits to be told; read only while the Pod says that it waits, or an answer is there. */
  readonly asking?: readonly Asked[] | 'unreachable'
  /** The password of the Agent's server, where the kubelet misses its Secret for the Task's Pod. */
  readonly lostAccess?: ServerAccess
}
