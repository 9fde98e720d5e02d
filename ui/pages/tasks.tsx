import { useMemo, useState } from 'preact/hooks'
import type { Task } from '../api/types.ts'
import { useObjects } from '../live/use.tsx'
import { Bulk, keyOfTask } from '../parts/bulk.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { Empty, Heading, Problem, Waiting } from '../parts/pieces.tsx'
import { Rows } from '../parts/rows.tsx'
import { TaskRow } from '../parts/task-row.tsx'
import { link, namespaceHere, setQuery, useAddress } from '../shell/router.ts'
import { agentOf, filterOf, filterTasks } from '../text/filters.ts'
import { samples } from './samples.ts'

const phases = [
  { value: '', label: 'All' },
  { value: 'asking', label: 'Asking' },
  { value: 'Running', label: 'Running' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'Completed', label: 'Completed' },
  { value: 'Failed', label: 'Failed' },
]

export const Tasks = () => {
  const store = useObjects()
  const { query } = useAddress()
  const filter = filterOf(query)
  const tasks = store.list('tasks')
  // Of one phase after the other, so that the numbers on the tabs are those of the other filters.
  const others = useMemo(
    () => filterTasks(tasks, { ...filter, phase: undefined }),
    [tasks, filter.agent, filter.label, filter.text],
  )
  const shown = useMemo(() => filterTasks(others, { phase: filter.phase }), [others, filter.phase])
  const agents = useMemo(() => [...new Set(tasks.flatMap((task) => agentOf(task) ?? []))].toSorted(), [tasks])
  const isNarrowed = query.get('phase') || query.get('agent') || query.get('label') || query.get('q')
  const problem = store.problemOf('tasks')
  const [chosen, setChosen] = useState<ReadonlySet<string>>()
  const choose = (task: Task, isChosen: boolean): void =>
    setChosen((before = new Set()) => {
      const next = new Set(before)
      if (isChosen) next.add(keyOfTask(task))
      else next.delete(keyOfTask(task))
      return next
    })
  return (
    <>
      <Heading title="Tasks">
        <div class="buttons">
          {!chosen && tasks.length > 0 && (
            <button type="button" class="button" onClick={() => setChosen(new Set())}>
              Choose
            </button>
          )}
          <NewLink plural="tasks" />
        </div>
      </Heading>
      <div class="toolbar">
        <div class="tabs" role="group" aria-label="Phase">
          {phases.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              class="tab"
              aria-pressed={(filter.phase ?? '') === value}
              onClick={() => setQuery({ phase: value || undefined })}
            >
              {label}
              <span class="count">
                {store.isKnown('tasks') && !problem
                  ? value === ''
                    ? others.length
                    : filterTasks(others, { phase: value }).length
                  : ''}
              </span>
            </button>
          ))}
        </div>
        <div class="fields">
          <select
            class="field"
            aria-label="Agent"
            value={filter.agent ?? ''}
            onChange={(event) => setQuery({ agent: event.currentTarget.value || undefined })}
          >
            <option value="">Any agent</option>
            {[...new Set([...agents, ...(filter.agent ? [filter.agent] : [])])].map((agent) => (
              <option key={agent} value={agent}>
                {agent}
              </option>
            ))}
          </select>
          <input
            class="field"
            type="text"
            aria-label="Label selector"
            placeholder="Label, team=web"
            value={filter.label ?? ''}
            onInput={(event) => setQuery({ label: event.currentTarget.value || undefined })}
          />
          <input
            class="field grow"
            type="search"
            aria-label="Search"
            placeholder="Search  /"
            value={filter.text ?? ''}
            onInput={(event) => setQuery({ q: event.currentTarget.value || undefined })}
          />
        </div>
      </div>
      {chosen && (
        <Bulk
          chosen={shown.filter((task) => chosen.has(keyOfTask(task)))}
          shown={shown}
          onChoose={(all) => setChosen(new Set(all.map(keyOfTask)))}
          onEnd={() => setChosen(undefined)}
        />
      )}
      <Problem text={problem} />
      {!store.isKnown('tasks') ? (
        <Waiting rows={10} />
      ) : shown.length > 0 ? (
        <Rows items={shown} label="Tasks" key={query.toString()}>
          {(task) => (
            <TaskRow
              key={task.metadata.uid}
              task={task}
              isPlaced={namespaceHere() === undefined}
              isChosen={chosen?.has(keyOfTask(task))}
              onChoose={choose}
            />
          )}
        </Rows>
      ) : isNarrowed ? (
        <Empty title="No Task matches">
          {tasks.length} {tasks.length === 1 ? 'Task is' : 'Tasks are'} hidden by the filters.{' '}
          <button
            type="button"
            class="link"
            onClick={() => setQuery({ phase: undefined, agent: undefined, label: undefined, q: undefined })}
          >
            Show all
          </button>
        </Empty>
      ) : (
        !problem && (
          <Empty title="No Tasks yet" yaml={samples.task(namespaceHere() ?? 'default')}>
            A Task is one piece of work for an agent. <a href={link(['new', 'tasks'])}>Make one here</a>, or save this
            as task.yaml, name an Agent of yours, and run <code>kubectl apply -f task.yaml</code>.
          </Empty>
        )
      )}
    </>
  )
}
