import { useObjects } from '../live/use.tsx'
import { AgentRow } from '../parts/agent-row.tsx'
import { NewLink } from '../parts/new-link.tsx'
import { Empty, Heading, Problem, Waiting } from '../parts/pieces.tsx'
import { Rows } from '../parts/rows.tsx'
import { Search } from '../parts/search.tsx'
import { link, namespaceHere, setQuery, useAddress } from '../shell/router.ts'
import { agentOf, filterTasks } from '../text/filters.ts'
import { samples } from './samples.ts'

export const Agents = () => {
  const store = useObjects()
  const text = useAddress().query.get('q') ?? ''
  const problem = store.problemOf('agents')
  const agents = store
    .list('agents')
    .filter(({ metadata, spec }) =>
      `${metadata.namespace}/${metadata.name} ${spec.profile ?? ''}`.toLowerCase().includes(text.toLowerCase()),
    )
  const running = new Map<string, number>()
  for (const task of filterTasks(store.list('tasks'), { phase: 'Running' })) {
    const key = `${task.metadata.namespace}/${agentOf(task)}`
    running.set(key, (running.get(key) ?? 0) + 1)
  }
  return (
    <>
      <Heading title="Agents">
        <NewLink plural="agents" />
      </Heading>
      <Search text={text} />
      <Problem text={problem} />
      {!store.isKnown('agents') ? (
        <Waiting />
      ) : agents.length > 0 ? (
        <Rows items={agents} label="Agents">
          {(agent) => (
            <AgentRow
              key={agent.metadata.uid}
              agent={agent}
              isPlaced={namespaceHere() === undefined}
              running={running.get(`${agent.metadata.namespace}/${agent.metadata.name}`) ?? 0}
            />
          )}
        </Rows>
      ) : text ? (
        <Empty title="No Agent matches">
          <button type="button" class="link" onClick={() => setQuery({ q: undefined })}>
            Show all
          </button>
        </Empty>
      ) : (
        !problem && (
          <Empty title="No Agents yet" yaml={samples.agent(namespaceHere() ?? 'default')}>
            An Agent is an OpenCode server that is always there. <a href={link(['new', 'agents'])}>Make one here</a>, or
            save this as agent.yaml and run <code>kubectl apply -f agent.yaml</code>.
          </Empty>
        )
      )}
    </>
  )
}
