import type { Agent } from '../../../crds/agent.ts'
import { annotations } from '../../../crds/names.ts'
import type { Task } from '../../../crds/task.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import type { Kind, KubeObject } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import { isSame } from '../../../shared/merge-patch.ts'
import { namespace } from '../players/hand.ts'
import { briefLife } from '../players/kubelet.ts'
import type { Life } from '../players/kubelet.ts'
import type { Look, Step } from '../scenario.ts'

type Fields = Readonly<Record<string, unknown>>

const object = (kind: Kind, name: string, rest: Fields = {}): KubeObject => ({
  apiVersion: resources[kind].apiVersion,
  kind,
  metadata: { name, ...(resources[kind].namespaced && { namespace }) },
  ...rest,
})

const execution = { workspaceDir: '/workspace', serviceAccountName: 'bot' }

export const account = object('ServiceAccount', 'bot')
export const agent = (spec: Fields = {}): KubeObject => object('Agent', 'coder', { spec: { ...execution, ...spec } })
export const template = (spec: Fields = {}): KubeObject =>
  object('AgentTemplate', 'base', { spec: { ...execution, ...spec } })
export const task = (name = 'job', spec: Fields = {}): KubeObject =>
  object('Task', name, { spec: { agentRef: { name: 'coder' }, description: 'Fix the bug.', ...spec } })
export const templateTask = (name = 'job'): KubeObject =>
  object('Task', name, { spec: { templateRef: { name: 'base' }, description: 'Fix the bug.' } })
export const configMap = (name: string, data: Fields = {}): KubeObject => object('ConfigMap', name, { data })
export const service = (name: string): KubeObject => object('Service', name, { spec: { ports: [{ port: 1 }] } })
export const pod = (name: string): KubeObject =>
  object('Pod', name, { spec: { containers: [{ name: 'main', image: 'example.com/x:v1' }] } })

export const cronTask = (name: string, spec: Fields): KubeObject => {
  const taskTemplate = { spec: { agentRef: { name: 'coder' }, description: 'Look for bugs.' } }
  return object('CronTask', name, { spec: { taskTemplate, ...spec } })
}
export const config = (spec: Fields): KubeObject => object('KubeOpenCodeConfig', 'cluster', { spec })

export const lives =
  (life: Partial<Life>, only = /./): ((one: { metadata?: { name?: string } }) => Life) =>
  ({ metadata }) =>
    only.test(metadata?.name ?? '') ? { ...briefLife, ...life } : briefLife

/** The phase of Task `name`. */
export const phase = ({ read }: Look, name = 'job'): string | undefined => read('Task', name)?.status?.phase

/** Whether Task `name` is in this phase, and a condition of these words is among its own. */
export const isTask =
  (name: string, wanted: string, reason?: string) =>
  ({ read }: Look): boolean => {
    const found: Task | undefined = read('Task', name)
    const hasReason = (found?.status?.conditions ?? []).some((one) => one.reason === reason)
    return found?.status?.phase === wanted && (reason === undefined || hasReason)
  }

const agentOf = ({ read }: Look): Agent | undefined => read('Agent', 'coder')

export const isAgent =
  (wanted: string) =>
  (look: Look): boolean =>
    agentOf(look)?.status?.phase === wanted

/** The Agent is ready, says so of its newest generation, and its ledger names exactly those who work. */
export const isIdle = (look: Look): boolean => {
  const found = agentOf(look)
  return (
    found?.status?.phase === 'Ready' &&
    found.status.observedGeneration === found.metadata.generation &&
    isSame(found.status.activeTasks ?? [], []) &&
    found.status.queuedTasks === 0
  )
}

/** Why the Agent cannot work. */
export const isInvalid =
  (reason: string) =>
  (look: Look): boolean =>
    conditionOf(agentOf(look)?.status?.conditions, 'Ready')?.reason === reason

export const all =
  (...conditions: readonly ((look: Look) => boolean)[]) =>
  (look: Look): boolean =>
    conditions.every((holds) => holds(look))

export const gone =
  (kind: Kind, name: string) =>
  ({ read }: Look): boolean =>
    read(kind, name) === undefined

export const isThere =
  (kind: Kind, name: string) =>
  (look: Look): boolean =>
    !gone(kind, name)(look)

export const not =
  (holds: (look: Look) => boolean) =>
  (look: Look): boolean =>
    !holds(look)

const unfinished =
  (name: string) =>
  (look: Look): boolean =>
    isThere('Task', name)(look) && !['Completed', 'Failed'].includes(phase(look, name) ?? '')

export const stop = (name: string, when: Step['when'], afterSeconds?: number): Step => ({
  name: `stop Task ${name}`,
  when,
  mayHaste: unfinished(name),
  act: ({ patch }) => patch('Task', name, { metadata: { annotations: { [annotations.stop]: 'true' } } }),
  ...(afterSeconds !== undefined && { afterSeconds }),
})

/** A person answers what the agent of Task `name` asks, once that is shown. */
export const answer = (name: string, word: 'approve' | 'deny', afterSeconds?: number): Step => ({
  name: `${word} what Task ${name} asks`,
  when: ({ read }) => read('Task', name)?.status?.question !== undefined,
  act: ({ read, patch }) => {
    const id = read('Task', name)?.status?.question?.id
    if (id !== undefined) patch('Task', name, { metadata: { annotations: { [annotations.answer]: `${word} ${id}` } } })
  },
  ...(afterSeconds !== undefined && { afterSeconds }),
})

/** Whether Task `name` has one answer on record, which its agent was told once, and nothing else is left of it. */
export const isAnswered =
  (name: string, verdict: string) =>
  ({ read, told }: Look): boolean => {
    const found: Task | undefined = read('Task', name)
    const answers = (found?.status?.answers ?? []).map((one) => `${one.id} ${one.verdict}`)
    const isServed = found?.metadata.annotations?.[annotations.answer] === undefined
    return (
      isServed &&
      found?.status?.question === undefined &&
      isSame(answers, [`per_${name} ${verdict}`]) &&
      isSame(told, answers)
    )
  }

export const remove = (kind: Kind, name: string, when: Step['when'], options: object = {}): Step => ({
  name: `delete ${kind} ${name}`,
  when,
  mayHaste: isThere(kind, name),
  act: (hand) => hand.remove(kind, name, options),
})

export const edit = (kind: Kind, name: string, when: Step['when'], patch: object): Step => ({
  name: `edit ${kind} ${name}`,
  when,
  mayHaste: isThere(kind, name),
  act: (hand) => hand.patch(kind, name, patch),
})

export const apply = (wanted: KubeObject, when: Step['when'], afterSeconds?: number): Step => ({
  name: `apply ${wanted.kind} ${wanted.metadata?.name}`,
  when,
  act: ({ create }) => create(wanted),
  ...(afterSeconds !== undefined && { afterSeconds }),
})
