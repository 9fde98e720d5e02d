import { pathOf, post } from '../api/client.ts'
import { useObjects } from '../live/use.tsx'
import type { Action } from '../parts/actions.tsx'
import { Actions, deletion } from '../parts/actions.tsx'
import { agentState, LoadBar } from '../parts/agent-row.tsx'
import { Background } from '../parts/background.tsx'
import { Badge } from '../parts/badge.tsx'
import { Empty, Facts, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { TerminalSection } from '../parts/terminal.tsx'
import { SessionsSection } from '../parts/sessions.tsx'
import { TaskRow } from '../parts/task-row.tsx'
import { Ago } from '../parts/times.tsx'
import { link } from '../shell/router.ts'
import { durationText } from '../text/ago.ts'
import { filterTasks } from '../text/filters.ts'
import { troubleOf } from '../text/why.ts'

export const AgentPage = ({ namespace, name }: { namespace: string; name: string }) => {
  const store = useObjects()
  if (!store.isKnown('agents')) return <Waiting />
  const agent = store.get('agents', namespace, name)
  if (!agent)
    return (
      <>
        <Heading title={name} />
        <Problem text={store.problemOf('agents')} />
        <Empty title="There is no such Agent">
          {namespace} has no Agent {name}; it may have been deleted. <a href={link(['agents'])}>All Agents</a>
        </Empty>
      </>
    )
  const { spec, status } = agent
  const tasks = filterTasks(
    store.list('tasks').filter(({ metadata }) => metadata.namespace === namespace),
    { agent: name },
  )
  const running = filterTasks(tasks, { phase: 'Running' })
  const waiting = filterTasks(tasks, { phase: 'waiting' })
  const path = pathOf('agents', namespace, name)
  const isSuspended = status?.suspended ?? spec.suspend ?? false
  const actions: Action[] = [
    isSuspended || spec.suspend
      ? { label: 'Resume', right: 'patch agents', run: () => post(`${path}/resume`) }
      : {
          label: 'Suspend',
          right: 'patch agents',
          unfit: running.length > 0 ? 'Tasks are at work: wait until they end, or stop them first' : undefined,
          run: () => post(`${path}/suspend`),
        },
    deletion(
      'Agent',
      'agents',
      namespace,
      name,
      'Its server, its sessions and its volumes go with it, and Tasks that are at work for it fail.',
    ),
  ]
  const trouble = troubleOf(agent)
  return (
    <>
      <Heading title={name} lead={<Badge state={agentState(agent)} />}>
        <Actions namespace={namespace} actions={actions}>
          <NewLink plural="tasks" label="Give it a Task" known={{ namespace, agent: name }} />
        </Actions>
      </Heading>
      {spec.profile && <p class="profile">{spec.profile}</p>}
      {trouble && <p class="why bad">{trouble.message}</p>}
      <Facts
        facts={{
          Namespace: namespace,
          Load: <LoadBar active={running.length} most={spec.maxConcurrentTasks ?? 0} />,
          Queue: `${status?.queuedTasks ?? waiting.length} waiting`,
          Quota:
            spec.quota &&
            `${status?.taskStartHistory?.length ?? 0} of ${spec.quota.maxTaskStarts} starts in ${durationText(spec.quota.windowSeconds)}`,
          Standby: spec.standby && `after ${spec.standby.idleTimeout} without Tasks`,
          Idle: status?.idleSince && running.length === 0 && !isSuspended && (
            <>
              since <Ago at={status.idleSince} />
            </>
          ),
          Template: spec.templateRef && (
            <a href={link(['agenttemplates', namespace, spec.templateRef.name])}>{spec.templateRef.name}</a>
          ),
          Address: status?.url && <code>{status.url}</code>,
          Created: <Ago at={agent.metadata.creationTimestamp} />,
        }}
      />
      <TerminalSection namespace={namespace} name={name} isSuspended={isSuspended} />
      {[
        { title: 'At work', list: running },
        { title: 'Queue', list: [...waiting].toReversed() },
      ].map(({ title, list }) =>
        list.length === 0 ? null : (
          <Section key={title} title={title}>
            <ul class="rows" aria-label={title}>
              {list.map((task) => (
                <TaskRow key={task.metadata.uid} task={task} isPlaced={false} />
              ))}
            </ul>
          </Section>
        ),
      )}
      {(status?.gitSyncStatuses ?? []).length > 0 && (
        <Section title="Repositories">
          <ul class="conditions">
            {status?.gitSyncStatuses?.map((sync) => (
              <li key={sync.name}>
                <div class="condition-head">
                  <strong>{sync.name}</strong>
                  <code>{sync.commitHash?.slice(0, 10)}</code>
                  {sync.pendingHash && <span class="chip">{sync.pendingHash.slice(0, 10)} waits</span>}
                  <span class="faint push">
                    <Ago at={sync.lastSynced} />
                  </span>
                </div>
                {sync.message && <p>{sync.message}</p>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Recent Tasks" aside={<a href={link(['tasks'], { agent: name })}>All of them</a>}>
        {tasks.length === 0 ? (
          <p class="faint">It has not been given a Task yet.</p>
        ) : (
          <ul class="rows" aria-label="Recent Tasks">
            {tasks.slice(0, 10).map((task) => (
              <TaskRow key={task.metadata.uid} task={task} isPlaced={false} />
            ))}
          </ul>
        )}
      </Section>
      <SessionsSection namespace={namespace} name={name} />
      <Background plural="agents" object={agent} />
    </>
  )
}
