import type { ComponentChildren } from 'preact'
import type { Agent, Task } from '../api/types.ts'
import { useObjects } from '../live/use.tsx'
import { AgentRow } from '../parts/agent-row.tsx'
import { Empty, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { TaskRow } from '../parts/task-row.tsx'
import { link, namespaceHere } from '../shell/router.ts'
import { isAsking } from '../text/asking.ts'
import { filterTasks } from '../text/filters.ts'
import { costText, countText, usageOf } from '../text/money.ts'
import { samples } from './samples.ts'

const DAY = 24 * 3600 * 1000

const Tile = ({
  title,
  value,
  note,
  href,
  isLoud = false,
}: {
  title: string
  value: ComponentChildren
  note: string
  href?: string
  isLoud?: boolean
}) => {
  const inside = (
    <>
      <span class="tile-title">{title}</span>
      <span class="tile-value">{value}</span>
      <span class="faint">{note}</span>
    </>
  )
  return href ? (
    <a class={`tile ${isLoud ? 'asks' : ''}`} href={href}>
      {inside}
    </a>
  ) : (
    <div class="tile">{inside}</div>
  )
}

const endedSince = (tasks: readonly Task[], since: number): readonly Task[] =>
  tasks.filter(({ status }) => status?.completionTime !== undefined && Date.parse(status.completionTime) >= since)

const List = ({ title, tasks, more }: { title: string; tasks: readonly Task[]; more: string }) =>
  tasks.length === 0 ? null : (
    <Section title={title} aside={<a href={link(['tasks'], { phase: more })}>All of them</a>}>
      <ul class="rows" aria-label={title}>
        {tasks.slice(0, 8).map((task) => (
          <TaskRow key={task.metadata.uid} task={task} isPlaced={namespaceHere() === undefined} />
        ))}
      </ul>
    </Section>
  )

const Load = ({ agents }: { agents: readonly Agent[] }) =>
  agents.length === 0 ? null : (
    <Section title="Agents" aside={<a href={link(['agents'])}>All of them</a>}>
      <ul class="rows" aria-label="Agents">
        {agents.slice(0, 8).map((agent) => (
          <AgentRow key={agent.metadata.uid} agent={agent} isPlaced={namespaceHere() === undefined} />
        ))}
      </ul>
    </Section>
  )

export const Overview = () => {
  const store = useObjects()
  const tasks = store.list('tasks')
  const problem = store.problemOf('tasks')
  const asking = filterTasks(tasks, { phase: 'asking' })
  const running = filterTasks(tasks, { phase: 'Running' }).filter((task) => !isAsking(task))
  const waiting = filterTasks(tasks, { phase: 'waiting' })
  const today = endedSince(tasks, Date.now() - DAY)
  const failed = filterTasks(today, { phase: 'Failed' })
  const completed = filterTasks(today, { phase: 'Completed' })
  const usage = usageOf([...today, ...asking, ...running])
  if (!store.isKnown('tasks') || !store.isKnown('agents'))
    return (
      <>
        <Heading title="Overview" />
        <Waiting rows={8} />
      </>
    )
  return (
    <>
      <Heading title="Overview" />
      <Problem text={problem ?? store.problemOf('agents')} />
      {problem && namespaceHere() === undefined && (
        <p>Choose or name a namespace at the side: you may see the objects of single namespaces.</p>
      )}
      {!problem && (
        <div class="tiles">
          <Tile
            title="Asking"
            value={asking.length}
            note={asking.length === 1 ? 'waits for you' : 'wait for you'}
            href={link(['tasks'], { phase: 'asking' })}
            isLoud={asking.length > 0}
          />
          <Tile
            title="Running"
            value={running.length + asking.length}
            note={running.length + asking.length === 1 ? 'Task at work' : 'Tasks at work'}
            href={link(['tasks'], { phase: 'Running' })}
          />
          <Tile
            title="Waiting"
            value={waiting.length}
            note="queued or pending"
            href={link(['tasks'], { phase: 'waiting' })}
          />
          <Tile title="Failed" value={failed.length} note="last 24 hours" href={link(['tasks'], { phase: 'Failed' })} />
          <Tile
            title="Completed"
            value={completed.length}
            note="last 24 hours"
            href={link(['tasks'], { phase: 'Completed' })}
          />
          <Tile title="Cost" value={costText(usage.cost)} note={`${countText(usage.tokens)} tokens a day`} />
        </div>
      )}
      {!problem && tasks.length === 0 && store.list('agents').length === 0 ? (
        <Empty title="Begin with an Agent" yaml={samples.agent(namespaceHere() ?? 'default')}>
          An Agent is an OpenCode server that is always there, with its workspace and its credentials.{' '}
          <a href={link(['new', 'agents'])}>Make one here</a>, or save this as agent.yaml and run{' '}
          <code>kubectl apply -f agent.yaml</code>; then give it a Task.
        </Empty>
      ) : (
        <>
          <List title="Waits for your answer" tasks={asking} more="asking" />
          <List title="At work" tasks={running} more="Running" />
          <List title="Waiting" tasks={waiting} more="waiting" />
          <List title="Failed in the last day" tasks={failed} more="Failed" />
          <Load agents={store.list('agents')} />
          <List title="Completed in the last day" tasks={completed} more="Completed" />
        </>
      )}
    </>
  )
}
