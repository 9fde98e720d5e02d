import type { Task } from '../api/types.ts'

export interface SessionLine {
  readonly id: string
  readonly title: string
  /** Of which Task it is; undefined for one that somebody began by hand, and for one of which only its title says so. */
  readonly task: string | undefined
  /** Whether it has the title of a Task's, which anybody can give. */
  readonly isClaimed: boolean
  readonly updated: string | undefined
  readonly cost: number
  readonly tokens: number
}

type Json = Readonly<Record<string, unknown>>

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

const titleOf = ({ metadata: { namespace, name, uid = '' } }: Task): string =>
  `kubeopencode/${namespace}/${name}/${uid.slice(0, 8)}`

/** The status knows the session by its id, once it has seen one; before that it is found by its title. */
const isOf = (task: Task, id: string, title: string): boolean =>
  task.status?.session ? task.status.session.id === id : title === titleOf(task)

/** Sessions as OpenCode lists them, the latest first, with the Task each is of where it is one of these `tasks`. */
export const sessionsOf = (answer: unknown, tasks: readonly Task[]): readonly SessionLine[] =>
  (Array.isArray(answer) ? answer : [])
    .flatMap((one: unknown) => {
      const { id, title, time, cost, tokens } = record(one)
      if (typeof id !== 'string' || typeof title !== 'string') return []
      const { input, output, reasoning } = record(tokens)
      const at = number(record(time)['updated'])
      return [
        {
          id,
          title,
          task: tasks.find((task) => isOf(task, id, title))?.metadata.name,
          isClaimed: title.startsWith('kubeopencode/'),
          updated: at > 0 && at < 8.64e15 ? new Date(at).toISOString() : undefined,
          cost: number(cost),
          tokens: number(input) + number(output) + number(reasoning),
        },
      ]
    })
    .toSorted((a, b) => ((a.updated ?? '') < (b.updated ?? '') ? 1 : -1))
