import { useState } from 'preact/hooks'
import { pathOf, post, remove } from '../api/client.ts'
import { useRights } from '../api/rights.ts'
import type { Task } from '../api/types.ts'
import { namespaceHere } from '../shell/router.ts'
import { isOver } from '../text/why.ts'
import { Confirm } from './actions.tsx'
import { Problem } from './pieces.tsx'

export const keyOfTask = ({ metadata }: Task): string => `${metadata.namespace}/${metadata.name}`

/** So many at once: the server counts requests, and others want to be served too. */
const atOnce = 4

interface Outcome {
  readonly done: number
  readonly faults: readonly string[]
}

/** One after the other, a few at a time; what goes wrong with one does not keep the others. */
const forEachOf = async (tasks: readonly Task[], work: (task: Task) => Promise<unknown>): Promise<Outcome> => {
  const waiting = [...tasks]
  const faults: string[] = []
  let done = 0
  const next = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift())
      try {
        await work(task)
        done += 1
      } catch (error) {
        faults.push(`${task.metadata.name}: ${(error as Error).message}`)
      }
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  return { done, faults }
}

const pathTo = ({ metadata: { namespace = '', name } }: Task): string => pathOf('tasks', namespace, name)

const counted = (count: number): string => (count === 1 ? '1 Task' : `${count} Tasks`)

/** What can be done to all Tasks that are chosen in a list. */
export const Bulk = ({
  chosen,
  shown,
  onChoose,
  onEnd,
}: {
  chosen: readonly Task[]
  shown: readonly Task[]
  onChoose: (tasks: readonly Task[]) => void
  onEnd: () => void
}) => {
  const [isAsking, setIsAsking] = useState(false)
  const [isBusy, setIsBusy] = useState(false)
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState<string>()
  const namespace = namespaceHere() ?? chosen[0]?.metadata.namespace ?? 'default'
  const may = useRights(namespace)
  const lacks = (right: string): string | undefined =>
    may(right) === false ? `You need the right to ${right} in ${namespace}` : undefined
  const toStop = chosen.filter((task) => !isOver(task))
  const run = async (tasks: readonly Task[], word: string, work: (task: Task) => Promise<unknown>): Promise<void> => {
    setIsBusy(true)
    const { done, faults } = await forEachOf(tasks, work)
    setIsBusy(false)
    setSaid(done > 0 ? `${counted(done)} ${word}.` : '')
    setProblem(
      faults.length === 0
        ? undefined
        : `${counted(faults.length)} could not be ${word}. ${faults.slice(0, 3).join(' ')}${faults.length > 3 ? ' …' : ''}`,
    )
    onChoose([])
  }
  return (
    <div class="bulk">
      <div class="buttons">
        <label class="bulk-all">
          <input
            type="checkbox"
            checked={shown.length > 0 && chosen.length === shown.length}
            onChange={(event) => onChoose(event.currentTarget.checked ? shown : [])}
          />
          All {shown.length}
        </label>
        <button
          type="button"
          class="button small"
          disabled={toStop.length === 0 || isBusy || lacks('patch tasks') !== undefined}
          title={lacks('patch tasks')}
          onClick={() => void run(toStop, 'stopped', (task) => post(`${pathTo(task)}/stop`))}
        >
          Stop {toStop.length}
        </button>
        <button
          type="button"
          class="button small danger-quiet"
          disabled={chosen.length === 0 || isBusy || lacks('delete tasks') !== undefined}
          title={lacks('delete tasks')}
          onClick={() => setIsAsking(true)}
        >
          Delete {chosen.length}
        </button>
        <button type="button" class="button small quiet" onClick={onEnd}>
          Done
        </button>
        <span class="faint" role="status">
          {isBusy ? 'At it …' : said}
        </span>
      </div>
      <Problem text={problem} />
      {isAsking && (
        <Confirm
          confirm={{
            title: `Delete ${counted(chosen.length)}?`,
            text: `Their Pods and their logs go with them${toStop.length > 0 ? `, and the work of ${counted(toStop.length)} is ended` : ''}. This cannot be undone.`,
            word: `Delete ${counted(chosen.length)}`,
          }}
          onEnd={(isSure) => {
            setIsAsking(false)
            if (isSure) void run(chosen, 'deleted', (task) => remove(pathTo(task)))
          }}
        />
      )}
    </div>
  )
}
