import { Component } from 'preact'
import type { Task } from '../api/types.ts'
import { link } from '../shell/router.ts'
import { isAsking } from '../text/asking.ts'
import { agentOf, phaseOf, templateOf } from '../text/filters.ts'
import { costText } from '../text/money.ts'
import { isOver, isStopped, whyOf } from '../text/why.ts'
import { Badge } from './badge.tsx'
import { Ago, Lasting } from './times.tsx'

export const stateOf = (task: Task): string => {
  if (isAsking(task) && !isOver(task)) return 'Asking'
  return phaseOf(task) === 'Completed' && isStopped(task) ? 'Stopped' : phaseOf(task)
}

const noteOf = (task: Task): string => {
  if (stateOf(task) === 'Asking') return task.status?.question?.text ?? ''
  const why = whyOf(task)
  if (why && phaseOf(task) !== 'Completed') return why.message || why.reason
  return task.spec.description?.trim().split('\n')[0] ?? ''
}

interface Props {
  readonly task: Task
  readonly isPlaced: boolean
  /** While Tasks are chosen: whether this one is. */
  readonly isChosen?: boolean | undefined
  readonly onChoose?: (task: Task, isChosen: boolean) => void
}

/** One Task in a line. An object that is the same is not drawn again: a busy cluster changes few of those in sight. */
export class TaskRow extends Component<Props> {
  override shouldComponentUpdate({ task, isPlaced, isChosen }: Props): boolean {
    return task !== this.props.task || isPlaced !== this.props.isPlaced || isChosen !== this.props.isChosen
  }
  override render({ task, isPlaced, isChosen, onChoose }: Props) {
    const { metadata, status } = task
    const { namespace = '', name } = metadata
    const cost = status?.session?.summary?.cost
    const who = agentOf(task) ?? templateOf(task)
    return (
      <li class={isChosen === undefined ? '' : 'choosing'}>
        {isChosen !== undefined && (
          <input
            type="checkbox"
            aria-label={`Choose ${name}`}
            checked={isChosen}
            onChange={(event) => onChoose?.(task, event.currentTarget.checked)}
          />
        )}
        <a class={`row task-row ${stateOf(task) === 'Asking' ? 'asks' : ''}`} href={link(['tasks', namespace, name])}>
          <Badge state={stateOf(task)} />
          <span class="row-name" title={name}>
            {isPlaced && <span class="faint">{namespace}/</span>}
            {name}
          </span>
          <span class="row-note" title={noteOf(task)}>
            {noteOf(task)}
          </span>
          <span class="row-who">{who}</span>
          <span class="row-number">
            {status?.startTime && (isOver(task) ? status.completionTime : true) ? (
              <Lasting from={status.startTime} until={status.completionTime} />
            ) : (
              ''
            )}
          </span>
          <span class="row-number row-cost">{cost === undefined ? '' : costText(Number(cost) || 0)}</span>
          <span class="row-age">
            <Ago at={metadata.creationTimestamp} />
          </span>
        </a>
      </li>
    )
  }
}
