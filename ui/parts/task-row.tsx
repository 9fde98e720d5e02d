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

/** One Task in a line. An object that is the same is not drawn again: a busy cluster changes few of those in sight. */
export class TaskRow extends Component<{ task: Task; isPlaced: boolean }> {
  override shouldComponentUpdate(next: { task: Task; isPlaced: boolean }): boolean {
    return next.task !== this.props.task || next.isPlaced !== this.props.isPlaced
  }
  override render({ task, isPlaced }: { task: Task; isPlaced: boolean }) {
    const { metadata, status } = task
    const { namespace = '', name } = metadata
    const cost = status?.session?.summary?.cost
    const who = agentOf(task) ?? templateOf(task)
    return (
      <li>
        <a class={`row task-row ${stateOf(task) === 'Asking' ? 'asks' : ''}`} href={link(['tasks', namespace, name])}>
          <Badge state={stateOf(task)} />
          <span class="row-name">
            {isPlaced && <span class="faint">{namespace}/</span>}
            {name}
          </span>
          <span class="row-note">{noteOf(task)}</span>
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
