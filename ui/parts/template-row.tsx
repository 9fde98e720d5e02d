import type { Agent, AgentTemplate } from '../api/types.ts'
import { link } from '../shell/router.ts'
import { Badge } from './badge.tsx'
import { Ago } from './times.tsx'

/** Agents that say they are made from it. */
export const usersOf = ({ metadata }: AgentTemplate, agents: readonly Agent[]): readonly Agent[] =>
  agents.filter(
    (agent) => agent.metadata.namespace === metadata.namespace && agent.spec.templateRef?.name === metadata.name,
  )

/** A template is used as it is; what is wrong with it its Ready condition says. */
export const templateState = ({ status }: AgentTemplate): string => {
  const ready = (status?.conditions ?? []).find(({ type }) => type === 'Ready')
  return ready === undefined ? 'Pending' : ready.status === 'False' ? 'Invalid' : 'Ready'
}

export const TemplateRow = ({
  template,
  users,
  isPlaced,
}: {
  template: AgentTemplate
  users: number
  isPlaced: boolean
}) => {
  const { metadata, spec } = template
  const { namespace = '', name } = metadata
  return (
    <li>
      <a class="row agent-row" href={link(['agenttemplates', namespace, name])}>
        <Badge state={templateState(template)} />
        <span class="row-name" title={name}>
          {isPlaced && <span class="faint">{namespace}/</span>}
          {name}
        </span>
        <span class="row-note">{spec.executorImage ?? spec.workspaceDir}</span>
        <span class="row-who">{spec.serviceAccountName}</span>
        <span class="row-number">{users === 1 ? '1 Agent' : `${users} Agents`}</span>
        <span class="row-age">
          <Ago at={metadata.creationTimestamp} />
        </span>
      </a>
    </li>
  )
}
