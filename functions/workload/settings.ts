import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import { imagePullPolicy, images } from '../../shared/images.ts'
import type { Security } from '../../shared/security.ts'
import { openSecurity } from '../../shared/security.ts'

/**
 * What runs in a Task's Pod: our runner, or OpenCode's own `run`, which is slower, needs more memory, and may end with 0
 * where the model has failed (docs/decisions/0006-a-runner-of-our-own.md).
 */
export const taskClients = ['runner', 'opencode'] as const
export type TaskClient = (typeof taskClients)[number]

/** What the whole installation shares; the cluster's KubeOpenCodeConfig over the defaults of this build. */
export interface Settings {
  readonly clusterDomain: string
  readonly images: {
    readonly system: string
    readonly agent: string
    readonly executor: string
    readonly attach: string
  }
  readonly systemPullPolicy: string
  readonly proxy?: NonNullable<KubeOpenCodeConfig['spec']['proxy']>
  /** What the cluster's administrator allows. */
  readonly security: Security
  /** How long a Pod may fail to start before its Task fails, in seconds. */
  readonly podStartTimeoutSeconds: number
  readonly taskClient: TaskClient
  /** Whether spans of Tasks are told to a collector, so that what Pods tell belongs below them. */
  readonly isTraced?: boolean
}

/** What an installation may set from outside, such as images of its own registry. */
export type Defaults = Pick<Settings, 'images' | 'podStartTimeoutSeconds' | 'taskClient' | 'isTraced'>

/** Long enough for an autoscaler to bring a node and for a large image to be pulled. */
export const builtIn: Defaults = { images, podStartTimeoutSeconds: 600, taskClient: 'runner' }

export const settingsOf = (config: KubeOpenCodeConfig | undefined, defaults: Defaults): Settings => {
  const { clusterDomain = 'cluster.local', systemImage, proxy, security } = config?.spec ?? {}
  const system = systemImage?.image ?? defaults.images.system
  return {
    clusterDomain,
    images: { ...defaults.images, system },
    systemPullPolicy: systemImage?.imagePullPolicy ?? imagePullPolicy(system),
    ...(proxy && { proxy }),
    // An apiserver whose definitions are older than this program leaves fields out: what is safe holds then.
    security: { ...openSecurity, ...security },
    podStartTimeoutSeconds: defaults.podStartTimeoutSeconds,
    taskClient: defaults.taskClient,
    ...(defaults.isTraced && { isTraced: true }),
  }
}
