import { pathOf } from '../api/client.ts'
import type { Task } from '../api/types.ts'
import { create, stopSame } from '../api/write.ts'
import { againOf } from '../text/again.ts'
import type { Store } from '../live/store.ts'
import { useObjects } from '../live/use.tsx'
import type { Action } from '../parts/actions.tsx'
import { Actions, deletion } from '../parts/actions.tsx'
import { Answers, Asking } from '../parts/asking.tsx'
import { Background } from '../parts/background.tsx'
import { Badge } from '../parts/badge.tsx'
import { LogView } from '../parts/log.tsx'
import { Empty, Facts, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { SessionSection } from '../parts/session.tsx'
import { stateOf } from '../parts/task-row.tsx'
import { Ago, Lasting } from '../parts/times.tsx'
import { link, navigate } from '../shell/router.ts'
import { timeText } from '../text/ago.ts'
import { agentOf, phaseOf, templateOf } from '../text/filters.ts'
import { costText, countText } from '../text/money.ts'
import { isOver, timelineOf, whyOf } from '../text/why.ts'

const Timeline = ({ task }: { task: Task }) => (
  <ol class="timeline" aria-label="Phases">
    {timelineOf(task).map(({ label, at, state }) => (
      <li key={label} class={`moment ${state}`} aria-current={state === 'now' ? 'step' : undefined}>
        <span class="moment-label">{label}</span>
        <span class="faint">
          {at ? (
            <time dateTime={at} title={timeText(at)}>
              {new Date(at).toLocaleTimeString('en-GB')}
            </time>
          ) : state === 'done' ? (
            'done'
          ) : (
            '—'
          )}
        </span>
      </li>
    ))}
  </ol>
)

const heads: Readonly<Record<string, string>> = {
  Pending: 'Why it waits',
  Queued: 'Why it waits',
  Running: 'What holds it up',
  Completed: 'How it ended',
  Failed: 'Why it failed',
}

const headOf = (task: Task): string => heads[phaseOf(task)] ?? ''

const actionsOf = (store: Store, task: Task, namespace: string, name: string): Action[] => {
  const path = pathOf('tasks', namespace, name)
  const isStopping = task.metadata.annotations?.['kubeopencode.io/stop'] === 'true' && !isOver(task)
  return [
    {
      label: isStopping ? 'Stopping' : 'Stop',
      right: 'patch tasks',
      unfit: isOver(task) ? 'The Task has ended' : isStopping ? 'It is on its way to an end' : undefined,
      run: () => stopSame(path, task),
    },
    ...(isOver(task)
      ? [
          {
            label: 'Run again',
            right: 'create tasks',
            run: async () => {
              const { object } = await create('tasks', namespace, againOf(task))
              store.change('tasks', 'ADDED', object)
              navigate(link(['tasks', namespace, object.metadata.name]))
            },
          },
        ]
      : []),
    {
      label: 'Edit and run',
      right: 'create tasks',
      run: async () => navigate(link(['new', 'tasks'], { namespace, from: name })),
    },
    deletion(
      'Task',
      'tasks',
      namespace,
      name,
      isOver(task)
        ? 'Its Pod and its log go with it.'
        : 'It is not over: its work is ended, and its Pod and its log go with it.',
    ),
  ]
}

export const TaskPage = ({ namespace, name }: { namespace: string; name: string }) => {
  const store = useObjects()
  if (!store.isKnown('tasks')) return <Waiting />
  const task = store.get('tasks', namespace, name)
  if (!task)
    return (
      <>
        <Heading title={name} />
        <Problem text={store.problemOf('tasks')} />
        <Empty title="There is no such Task">
          {namespace} has no Task {name}; it was deleted, or cleaned up after its time.{' '}
          <a href={link(['tasks'])}>All Tasks</a>
        </Empty>
      </>
    )
  const { spec, status, metadata } = task
  const why = whyOf(task)
  const summary = status?.session?.summary
  const tokens = summary?.tokenUsage
  const agent = agentOf(task)
  const template = templateOf(task)
  const cronTask = metadata.labels?.['kubeopencode.io/crontask']
  return (
    <>
      <Heading title={name} lead={<Badge state={stateOf(task)} />}>
        <Actions namespace={namespace} actions={actionsOf(store, task, namespace, name)} />
      </Heading>
      <Timeline task={task} />
      <Asking task={task} key={status?.question?.id} />
      {why && (
        <p class={`why ${phaseOf(task) === 'Failed' ? 'bad' : ''}`}>
          <strong>{headOf(task)}</strong> {why.message} <span class="faint">{why.reason}</span>
        </p>
      )}
      <Facts
        facts={{
          Namespace: namespace,
          Agent: agent && <a href={link(['agents', namespace, agent])}>{agent}</a>,
          Template: template && <a href={link(['agenttemplates', namespace, template])}>{template}</a>,
          CronTask: cronTask && <a href={link(['crontasks', namespace, cronTask])}>{cronTask}</a>,
          Duration: status?.startTime && <Lasting from={status.startTime} until={status.completionTime} />,
          Timeout: spec.timeout,
          Cost: summary?.cost && costText(Number(summary.cost) || 0),
          Tokens: tokens && `${countText(tokens.input ?? 0)} in, ${countText(tokens.output ?? 0)} out`,
          Changes:
            summary?.filesChanged !== undefined &&
            `${summary.filesChanged} files, +${summary.additions ?? 0} −${summary.deletions ?? 0}`,
          Pod: status?.podName && <code>{status.podName}</code>,
          Created: <Ago at={metadata.creationTimestamp} />,
        }}
      />
      {spec.description && (
        <Section title="Prompt">
          <pre class="prompt" tabIndex={0} role="region" aria-label="Prompt">
            {spec.description}
          </pre>
        </Section>
      )}
      {status?.podName !== undefined || status?.startTime !== undefined ? (
        <LogView namespace={namespace} name={name} />
      ) : (
        <Section title="Log">
          <p class="faint">{isOver(task) ? 'It ended before it had a log.' : 'The log begins when the Task does.'}</p>
        </Section>
      )}
      <SessionSection task={task} />
      <Answers task={task} />
      <Background plural="tasks" object={task} />
    </>
  )
}
