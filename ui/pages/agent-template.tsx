import { useObjects } from '../live/use.tsx'
import { Actions, deletion } from '../parts/actions.tsx'
import { AgentRow } from '../parts/agent-row.tsx'
import { Background } from '../parts/background.tsx'
import { Badge } from '../parts/badge.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { Empty, Facts, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { TaskRow } from '../parts/task-row.tsx'
import { templateState, usersOf } from '../parts/template-row.tsx'
import { Ago } from '../parts/times.tsx'
import { link } from '../shell/router.ts'
import { templateOf } from '../text/filters.ts'

export const AgentTemplatePage = ({ namespace, name }: { namespace: string; name: string }) => {
  const store = useObjects()
  if (!store.isKnown('agenttemplates')) return <Waiting />
  const template = store.get('agenttemplates', namespace, name)
  if (!template)
    return (
      <>
        <Heading title={name} />
        <Problem text={store.problemOf('agenttemplates')} />
        <Empty title="There is no such template">
          {namespace} has no AgentTemplate {name}; it may have been deleted.{' '}
          <a href={link(['agenttemplates'])}>All templates</a>
        </Empty>
      </>
    )
  const { spec, status, metadata } = template
  const users = usersOf(template, store.list('agents'))
  const tasks = store.list('tasks').filter((task) => task.metadata.namespace === namespace && templateOf(task) === name)
  const isSeen = status?.observedGeneration === metadata.generation
  const names = (list: readonly { readonly name?: string | undefined }[] | undefined): string | undefined =>
    list && list.length > 0 ? list.map((one, index) => one.name ?? `#${index + 1}`).join(', ') : undefined
  return (
    <>
      <Heading title={name} lead={<Badge state={templateState(template)} />}>
        <Actions
          namespace={namespace}
          actions={[
            deletion(
              'AgentTemplate',
              'agenttemplates',
              namespace,
              name,
              users.length === 0
                ? 'Nothing uses it.'
                : `${users.length === 1 ? 'An Agent refers' : `${users.length} Agents refer`} to it and will be Invalid without it.`,
            ),
          ]}
        >
          <NewLink plural="agents" label="New Agent from it" known={{ namespace, template: name }} />
          <a class="button" href={link(['new', 'tasks'], { namespace, template: name })}>
            Run a Task
          </a>
        </Actions>
      </Heading>
      <Facts
        facts={{
          Namespace: namespace,
          Workspace: <code>{spec.workspaceDir}</code>,
          ServiceAccount: spec.serviceAccountName,
          Image: spec.executorImage && <code>{spec.executorImage}</code>,
          'Tasks at once': spec.maxConcurrentTasks,
          Contexts: names(spec.contexts),
          Credentials: names(spec.credentials),
          Skills: names(spec.skills),
          Generation: `${metadata.generation ?? 1}${isSeen ? '' : ', not looked at yet'}`,
          Created: <Ago at={metadata.creationTimestamp} />,
        }}
      />
      <Section title={users.length === 1 ? 'Used by 1 Agent' : `Used by ${users.length} Agents`}>
        {users.length === 0 ? (
          <p class="faint">No Agent refers to it. A Task can run from it without one.</p>
        ) : (
          <>
            <p class="faint">A change of the template reaches them all, wherever they say nothing themselves.</p>
            <ul class="rows" aria-label="Agents that use it">
              {users.map((agent) => (
                <AgentRow key={agent.metadata.uid} agent={agent} isPlaced={false} />
              ))}
            </ul>
          </>
        )}
      </Section>
      {tasks.length > 0 && (
        <Section title="Tasks that ran from it">
          <ul class="rows" aria-label="Tasks that ran from it">
            {tasks.slice(0, 10).map((task) => (
              <TaskRow key={task.metadata.uid} task={task} isPlaced={false} />
            ))}
          </ul>
        </Section>
      )}
      <Background plural="agenttemplates" object={template} />
    </>
  )
}
