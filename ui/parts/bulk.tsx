import { useState } from 'preact/hooks'
import { pathOf } from '../api/client.ts'
import { useRightsIn } from '../api/rights.ts'
import type { Task } from '../api/types.ts'
import { removeSame, stopSame } from '../api/write.ts'
import { listed } from '../text/cron-words.ts'
import { isOver } from '../text/why.ts'
import { Confirm } from './actions.tsx'
import { Problem } from './pieces.tsx'

/** One that was made anew under the same name was not chosen. */
export const keyOfTask = ({ metadata }: Task): string => metadata.uid ?? `${metadata.namespace}/${metadata.name}`

/** So many at once: the server counts requests, and others want to be served too. */
const atOnce = 4

interface Outcome {
  readonly done: number
  readonly failed: readonly { readonly task: Task; readonly why: string }[]
}

/** One after the other, a few at a time; what goes wrong with one does not keep the others. */
const forEachOf = async (tasks: readonly Task[], work: (task: Task) => Promise<unknown>): Promise<Outcome> => {
  const waiting = [...tasks]
  const failed: { task: Task; why: string }[] = []
  let done = 0
  const next = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift())
      try {
        await work(task)
        done += 1
      } catch (error) {
        failed.push({ task, why: `${task.metadata.name}: ${(error as Error).message}` })
      }
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  return { done, failed }
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
  const placesOf = (tasks: readonly Task[]): string[] => [
    ...new Set(tasks.map(({ metadata: { namespace = 'default' } }) => namespace)),
  ]
  const may = useRightsIn(placesOf(chosen))
  const lacks = (right: string, tasks: readonly Task[]): string | undefined => {
    const places = placesOf(tasks).filter((namespace) => may(right, namespace) === false)
    return places.length > 0 ? `You need the right to ${right} in ${listed(places)}` : undefined
  }
  const toStop = chosen.filter((task) => !isOver(task))
  const noStop = lacks('patch tasks', toStop)
  const noDelete = lacks('delete tasks', chosen)
  const run = async (tasks: readonly Task[], word: string, work: (task: Task) => Promise<unknown>): Promise<void> => {
    setIsBusy(true)
    const { done, failed } = await forEachOf(tasks, work)
    setIsBusy(false)
    setSaid(done > 0 ? `${counted(done)} ${word}.` : '')
    setProblem(
      failed.length === 0
        ? undefined
        : `${counted(failed.length)} could not be ${word}. ${failed
            .slice(0, 3)
            .map(({ why }) => why)
            .join(' ')}${failed.length > 3 ? ' …' : ''}`,
    )
    onChoose(failed.map(({ task }) => task))
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
          disabled={toStop.length === 0 || isBusy || noStop !== undefined}
          title={noStop}
          onClick={() => void run(toStop, 'stopped', (task) => stopSame(pathTo(task), task))}
        >
          Stop {toStop.length}
        </button>
        <button
          type="button"
          class="button small danger-quiet"
          disabled={chosen.length === 0 || isBusy || noDelete !== undefined}
          title={noDelete}
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
            if (isSure) void run(chosen, 'deleted', (task) => removeSame(pathTo(task), task))
          }}
        />
      )}
    </div>
  )
}
