import { Component } from 'preact'
import type { Agent } from '../api/types.ts'
import { link } from '../shell/router.ts'
import { Badge } from './badge.tsx'
import { Ago } from './times.tsx'

const isStandby = ({ status }: Agent): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status, reason }) => type === 'Suspended' && status === 'True' && reason === 'Standby',
  )

/** Asleep by itself and held by a person are two things. */
export const agentState = (agent: Agent): string => {
  const phase = agent.status?.phase ?? 'Pending'
  if (phase === 'Suspended' && isStandby(agent)) return 'Standby'
  return phase === 'NotReady' ? 'Not ready' : phase
}

/** How much of an Agent is taken; with no limit there is nothing to fill. */
export const LoadBar = ({ active, most }: { active: number; most: number }) => (
  <span class="load">
    {most > 0 && (
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, (active / most) * 100)}%` }} />
      </span>
    )}
    <span>{most > 0 ? `${active} of ${most}` : active === 0 ? 'idle' : `${active} at work`}</span>
  </span>
)

interface Props {
  readonly agent: Agent
  readonly isPlaced: boolean
  /** Tasks at work, counted from what is seen: an Agent without limits keeps no ledger. */
  readonly running?: number
}

export class AgentRow extends Component<Props> {
  override shouldComponentUpdate({ agent, isPlaced, running }: Props): boolean {
    return agent !== this.props.agent || isPlaced !== this.props.isPlaced || running !== this.props.running
  }
  override render({ agent, isPlaced, running }: Props) {
    const { metadata, spec, status } = agent
    const { namespace = '', name } = metadata
    const queued = status?.queuedTasks ?? 0
    return (
      <li>
        <a class="row agent-row" href={link(['agents', namespace, name])}>
          <Badge state={agentState(agent)} />
          <span class="row-name" title={name}>
            {isPlaced && <span class="faint">{namespace}/</span>}
            {name}
          </span>
          <span class="row-note">{spec.profile}</span>
          <span class="row-who">
            {agentState(agent) !== 'Invalid' && !status?.suspended && (
              <LoadBar active={running ?? status?.activeTasks?.length ?? 0} most={spec.maxConcurrentTasks ?? 0} />
            )}
          </span>
          <span class="row-number">{queued > 0 ? `${queued} queued` : ''}</span>
          <span class="row-age">
            <Ago at={metadata.creationTimestamp} />
          </span>
        </a>
      </li>
    )
  }
}
