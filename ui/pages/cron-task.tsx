import { useEffect, useState } from 'preact/hooks'
import { pathOf, post, read } from '../api/client.ts'
import { useObjects } from '../live/use.tsx'
import type { Action } from '../parts/actions.tsx'
import { Actions, deletion } from '../parts/actions.tsx'
import { Background } from '../parts/background.tsx'
import { Badge } from '../parts/badge.tsx'
import { cronTaskState, History, runsOf } from '../parts/cron-task-row.tsx'
import { Empty, Facts, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { TaskRow } from '../parts/task-row.tsx'
import { Ago } from '../parts/times.tsx'
import { link, navigate } from '../shell/router.ts'
import { timeText } from '../text/ago.ts'
import { cronInWords } from '../text/cron-words.ts'

interface Next {
  readonly timeZone: string
  readonly times: readonly string[]
}

/** Reckoned by the server, with what makes the Tasks; asked again whenever the next one changes. */
const NextRuns = ({ path, version, isHeld }: { path: string; version: string; isHeld: boolean }) => {
  const [next, setNext] = useState<Next>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    let isCurrent = true
    read<Next>(`${path}/next`).then(
      (found) => isCurrent && (setNext(found), setProblem(undefined)),
      (error: Error) => isCurrent && setProblem(error.message),
    )
    return () => {
      isCurrent = false
    }
  }, [path, version])
  return (
    <Section title="Next runs" aside={next?.timeZone}>
      <Problem text={problem} />
      {isHeld && <p class="faint">It is suspended: these pass without a Task.</p>}
      <ol class={`next ${isHeld ? 'held' : ''}`}>
        {(next?.times ?? []).map((at) => (
          <li key={at}>
            <time dateTime={at}>{timeText(at, next?.timeZone)}</time>
            <span class="faint">
              <Ago at={at} />
            </span>
          </li>
        ))}
      </ol>
    </Section>
  )
}

export const CronTaskPage = ({ namespace, name }: { namespace: string; name: string }) => {
  const store = useObjects()
  if (!store.isKnown('crontasks')) return <Waiting />
  const cronTask = store.get('crontasks', namespace, name)
  if (!cronTask)
    return (
      <>
        <Heading title={name} />
        <Problem text={store.problemOf('crontasks')} />
        <Empty title="There is no such CronTask">
          {namespace} has no CronTask {name}; it may have been deleted. <a href={link(['crontasks'])}>All CronTasks</a>
        </Empty>
      </>
    )
  const { spec, status, metadata } = cronTask
  const path = pathOf('crontasks', namespace, name)
  const runs = runsOf(cronTask, store.list('tasks'))
  const words = cronInWords(spec.schedule)
  const trouble = (status?.conditions ?? []).find((one) => one.type === 'Ready' && one.status === 'False')
  const { agentRef, templateRef, description } = spec.taskTemplate.spec
  const actions: Action[] = [
    {
      label: 'Run now',
      right: 'patch crontasks',
      run: async () => {
        const { task, message } = await post<{ task?: string; message: string }>(`${path}/trigger`)
        if (task) navigate(link(['tasks', namespace, task]))
        return message
      },
    },
    spec.suspend
      ? { label: 'Resume', right: 'patch crontasks', run: () => post(`${path}/resume`) }
      : { label: 'Suspend', right: 'patch crontasks', run: () => post(`${path}/suspend`) },
    deletion('CronTask', 'crontasks', namespace, name, 'Its Tasks go with it.'),
  ]
  return (
    <>
      <Heading title={name} lead={<Badge state={cronTaskState(cronTask)} />}>
        <Actions namespace={namespace} actions={actions} />
      </Heading>
      {words && <p class="profile">{words.charAt(0).toUpperCase() + words.slice(1)}</p>}
      {trouble && !spec.suspend && (
        <p class="why">
          <strong>{trouble.reason}</strong> {trouble.message}
        </p>
      )}
      {runs.length > 0 && <History tasks={runs} />}
      <Facts
        facts={{
          Namespace: namespace,
          Schedule: <code>{spec.schedule}</code>,
          'Time zone': spec.timeZone ?? 'UTC',
          'While one runs': spec.concurrencyPolicy,
          Agent: agentRef && <a href={link(['agents', namespace, agentRef.name])}>{agentRef.name}</a>,
          Template: templateRef && (
            <a href={link(['agenttemplates', namespace, templateRef.name])}>{templateRef.name}</a>
          ),
          'Last run': status?.lastScheduleTime && <Ago at={status.lastScheduleTime} />,
          'Last success': status?.lastSuccessfulTime && <Ago at={status.lastSuccessfulTime} />,
          Runs: status?.totalExecutions,
          Kept: `${runs.length} of ${spec.maxRetainedTasks ?? 10}`,
          Created: <Ago at={metadata.creationTimestamp} />,
        }}
      />
      <NextRuns
        path={path}
        version={`${spec.schedule} ${spec.timeZone} ${status?.nextScheduleTime}`}
        isHeld={spec.suspend ?? false}
      />
      {description && (
        <Section title="Prompt">
          <pre class="prompt" tabIndex={0} role="region" aria-label="Prompt">
            {description}
          </pre>
        </Section>
      )}
      <Section title="Runs">
        {runs.length === 0 ? (
          <p class="faint">It has made no Task yet.</p>
        ) : (
          <ul class="rows" aria-label="Runs">
            {runs.slice(0, 20).map((task) => (
              <TaskRow key={task.metadata.uid} task={task} isPlaced={false} />
            ))}
          </ul>
        )}
      </Section>
      <Background plural="crontasks" object={cronTask} />
    </>
  )
}
