import type { Task } from '../api/types.ts'
import { isAsking } from './asking.ts'

/** What a list of Tasks is narrowed by, as it stands in the address. */
export interface TaskFilter {
  readonly phase?: string | undefined
  readonly agent?: string | undefined
  /** As in kubectl: `team=web,env!=test,urgent,!draft`. */
  readonly label?: string | undefined
  /** Words that all occur in the name, the agent or the prompt. */
  readonly text?: string | undefined
}

export const filterOf = (query: URLSearchParams): TaskFilter => ({
  phase: query.get('phase') || undefined,
  agent: query.get('agent') || undefined,
  label: query.get('label') || undefined,
  text: query.get('q') || undefined,
})

type Labels = Readonly<Record<string, string>>

const term = (text: string): ((labels: Labels) => boolean) => {
  const [, key = '', , value] = /^([^=!]+?)\s*(==?|!=)\s*(.*)$/.exec(text) ?? []
  if (key !== '' && text.includes('!=')) return (labels) => labels[key] !== value
  if (key !== '') return (labels) => labels[key] === value
  if (text.startsWith('!')) return (labels) => !(text.slice(1).trim() in labels)
  return (labels) => text in labels
}

/** A label selector as a test, without the set forms of kubectl. */
export const selector = (text: string): ((labels: Labels) => boolean) => {
  const terms = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(term)
  return (labels) => terms.every((holds) => holds(labels))
}

/** What each phase stands for in a filter: whoever waits does so in two phases. */
const phases: Readonly<Record<string, readonly string[]>> = { waiting: ['Pending', 'Queued'] }

export const phaseOf = ({ status }: Task): string => status?.phase ?? 'Pending'

export const agentOf = ({ spec, status }: Task): string | undefined => status?.agentRef?.name ?? spec.agentRef?.name

export const templateOf = ({ spec, status }: Task): string | undefined =>
  status?.templateRef?.name ?? spec.templateRef?.name

const textOf = (task: Task): string =>
  [task.metadata.name, task.metadata.namespace, agentOf(task), templateOf(task), task.spec.description]
    .join('\n')
    .toLowerCase()

export const filterTasks = (tasks: readonly Task[], { phase, agent, label, text }: TaskFilter): readonly Task[] => {
  const isOfAsking = phase === 'asking'
  const wanted = phase === undefined || isOfAsking ? undefined : (phases[phase] ?? [phase])
  const matches = label === undefined ? undefined : selector(label)
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return tasks.filter(
    (task) =>
      (!isOfAsking || isAsking(task)) &&
      (wanted === undefined || wanted.includes(phaseOf(task))) &&
      (agent === undefined || agentOf(task) === agent) &&
      (matches === undefined || matches(task.metadata.labels ?? {})) &&
      words.every((word) => textOf(task).includes(word)),
  )
}
