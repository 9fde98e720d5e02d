import { labels } from '../crds/names.ts'
import type { Kind, OwnKind } from '../shared/kubernetes.ts'
import { resources } from '../shared/kubernetes.ts'
import { mutateAgentTemplate } from './agent-template/mutate.ts'
import { observeAgentPart } from './agent-parts/observe.ts'
import { observeAgentTemplate } from './agent-template/observe.ts'
import { validateAgentTemplate } from './agent-template/validate.ts'
import { mutateAgent } from './agent/mutate.ts'
import { observeAgent } from './agent/observe.ts'
import { validateAgent } from './agent/validate.ts'
import { mutateConfig } from './config/mutate.ts'
import { observeConfig } from './config/observe.ts'
import { validateConfig } from './config/validate.ts'
import { mutateCronTask } from './cron-task/mutate.ts'
import { observeCronTask } from './cron-task/observe.ts'
import { validateCronTask } from './cron-task/validate.ts'
import type { Mutate } from './mutate.ts'
import type { Wake } from './observe.ts'
import { agentPodNews, taskPodNews } from './pod/news.ts'
import { observePod } from './pod/observe.ts'
import { mutateTask } from './task/mutate.ts'
import { observeTask } from './task/observe.ts'
import { validateTask } from './task/validate.ts'
import type { Validate } from './validate.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE'

/** Which writes come to a hook, and what becomes of them when it does not answer. */
interface Door {
  readonly kind: Kind
  readonly path: string
  readonly operations: readonly Operation[]
  /** Subresources whose writes come too, such as `status`. */
  readonly subresources: readonly string[]
  readonly failurePolicy: 'Fail' | 'Ignore'
  readonly timeoutSeconds: number
  /** Only objects that have this label. */
  readonly label?: string
  /** CEL: only writes of which this is true; what it cannot say of an object must be true. */
  readonly matchCondition?: string
}

export type MutateHook = Door & { readonly type: 'mutate'; readonly mutate: Mutate }
export type ValidateHook = Door & { readonly type: 'validate'; readonly validate: Validate }
export type ObserveHook = Door & { readonly type: 'observe'; readonly wake: Wake }
export type Hook = MutateHook | ValidateHook | ObserveHook

const door = (type: Hook['type'], kind: Kind, name = resources[kind].plural) => ({ kind, path: `/${type}/${name}` })

const judging = {
  operations: ['CREATE', 'UPDATE'],
  subresources: [],
  failurePolicy: 'Fail',
  timeoutSeconds: 5,
} as const
const watching = {
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  subresources: [],
  failurePolicy: 'Ignore',
  timeoutSeconds: 1,
} as const

/** One of our kinds. Its status has one writer, who knows already whom to wake. */
const own = (kind: OwnKind, parts: { mutate: Mutate; validate: Validate; wake: Wake }): Hook[] => [
  { type: 'mutate', ...door('mutate', kind), ...judging, mutate: parts.mutate },
  { type: 'validate', ...door('validate', kind), ...judging, validate: parts.validate },
  { type: 'observe', ...door('observe', kind), ...watching, wake: parts.wake },
]

/**
 * A kind of Kubernetes that we make objects of; only those with our label, and their status too where it is news. That one is created is
 * no news to whoever creates it.
 */
const made = (
  kind: Kind,
  label: string,
  wake: Wake,
  { name, ...more }: { readonly name?: string } & Partial<Pick<Door, 'subresources' | 'matchCondition'>> = {},
): Hook => ({
  type: 'observe',
  ...door('observe', kind, name),
  ...watching,
  operations: ['UPDATE', 'DELETE'],
  subresources: ['status'],
  label,
  wake,
  ...more,
})

/** Every hook there is. The app serves it, and the webhook configurations are made from it. */
export const hooks: readonly Hook[] = [
  ...own('Task', { mutate: mutateTask, validate: validateTask, wake: observeTask }),
  ...own('Agent', { mutate: mutateAgent, validate: validateAgent, wake: observeAgent }),
  ...own('AgentTemplate', {
    mutate: mutateAgentTemplate,
    validate: validateAgentTemplate,
    wake: observeAgentTemplate,
  }),
  ...own('CronTask', { mutate: mutateCronTask, validate: validateCronTask, wake: observeCronTask }),
  ...own('KubeOpenCodeConfig', { mutate: mutateConfig, validate: validateConfig, wake: observeConfig }),
  made('Pod', labels.task, observePod, { matchCondition: taskPodNews }),
  // Why a server does not start is written on its Pod and nowhere else.
  made('Pod', labels.agent, observeAgentPart, { name: 'agent-pods', matchCondition: agentPodNews }),
  made('Deployment', labels.agent, observeAgentPart),
  // Without these its Tasks find no server, and nothing else tells that they are gone.
  made('Service', labels.agent, observeAgentPart, { subresources: [] }),
  made('ConfigMap', labels.agent, observeAgentPart, { subresources: [] }),
  // A person gives it back to its Agent, or deletes it.
  made('PersistentVolumeClaim', labels.agent, observeAgentPart, { subresources: [] }),
]
