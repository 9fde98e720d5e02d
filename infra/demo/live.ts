/** The heart of the demo: an Agent becoming Ready, and a Task running on it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from '../../crds/agent.ts'
import { labels } from '../../crds/names.ts'
import { agentConditions, taskConditions } from '../../crds/reasons.ts'
import type { Task } from '../../crds/task.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Connection } from '../cluster/rest.ts'
import { podTeller, tellStory, watchUntil } from './follow.ts'
import { followLog } from '../cluster/pod-log.ts'
import type { Screen } from './screen.ts'

const AGENT_SECONDS = 300

export type Place = {
  readonly cluster: ClusterReader
  readonly connection: Connection
  readonly namespace: string
  readonly screen: Screen
}

const conditionOf = (object: Agent | Task, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type)

/** Follows the Agent until it is Ready. Throws a sentence when it is Invalid or does not become Ready in time. */
export const followAgent = async ({ cluster, namespace, screen }: Place, name: string): Promise<Agent> => {
  const story = tellStory(screen, performance.now())
  const tellPods = podTeller(story)
  screen.waitFor(`Agent ${name}`)
  let phase = ''
  try {
    return await watchUntil(
      cluster,
      { kind: 'Agent', namespace, name },
      { labelSelector: `${labels.agent}=${name}` },
      (agent, pods) => {
        tellPods(pods)
        const now = agent.status?.phase ?? ''
        if (now !== phase && now === 'Ready') story.say(screen.colors.green('Ready'.padEnd(16)), agent.status?.url)
        else if (now !== phase) story.say(now)
        phase = now
        const ready = conditionOf(agent, agentConditions.Ready)
        if (now === 'Invalid') throw new Error(`Agent ${name} is invalid: ${ready?.message ?? 'no reason was given'}`)
        return now === 'Ready' ? agent : undefined
      },
      AGENT_SECONDS,
    )
  } finally {
    screen.waitFor(undefined)
  }
}

const TASK_SECONDS = 15 * 60
/** A stream that does not end with its container is not waited for. */
const LAST_LINES_MILLISECONDS = 5000

/** Follows the Task and the lines of its Pod to the end, whatever that is. */
export const followTask = async (place: Place, name: string): Promise<Task> => {
  const { cluster, connection, namespace, screen } = place
  const { colors } = screen
  const story = tellStory(screen, performance.now())
  const tellPods = podTeller(story)
  screen.waitFor(`Task ${name}`)
  let phase = ''
  let reason = ''
  let hasEnded = false
  let log: Promise<void> | undefined
  try {
    const task = await watchUntil(
      cluster,
      { kind: 'Task', namespace, name },
      { labelSelector: `${labels.task}=${name}` },
      (seen, pods) => {
        tellPods(pods)
        const now = seen.status?.phase ?? ''
        const waiting = [taskConditions.Queued, taskConditions.Ready]
          .map((type) => conditionOf(seen, type))
          .find((condition) => condition?.status === (condition?.type === taskConditions.Queued ? 'True' : 'False'))
        const isOver = now === 'Completed' || now === 'Failed'
        const why = isOver ? '' : (waiting?.message ?? '')
        // How it ended is told once the last line of its log has been shown.
        if (!isOver && (now !== phase || why !== reason)) story.say(now || 'new', why)
        phase = now
        reason = why
        const main = pods[0]?.status?.containerStatuses?.find((container) => container.name === 'agent')
        if (!log && (main?.state?.running ?? main?.state?.terminated)) {
          screen.waitFor('the agent works')
          const pod = pods[0]?.metadata?.name ?? ''
          log = followLog(connection, { namespace, pod, container: 'agent' }, () => hasEnded, showLine(screen))
        }
        hasEnded = isOver || main?.state?.terminated !== undefined
        return isOver ? seen : undefined
      },
      TASK_SECONDS,
    )
    hasEnded = true
    await Promise.race([log, sleep(LAST_LINES_MILLISECONDS)])
    const failed = conditionOf(task, taskConditions.Failed) ?? conditionOf(task, taskConditions.Ready)
    if (task.status?.phase === 'Completed') story.say(colors.green('Completed'))
    else story.say('Failed', failed?.message ?? '', true)
    return task
  } finally {
    hasEnded = true
    screen.waitFor(undefined)
  }
}

/** The runner marks calls of tools, their output and their end; a reader finds them by colour. */
const showLine = ({ colors, line }: Screen) => {
  const bar = colors.dim('          │ ')
  return (text: string): void => {
    const first = text.trimStart()[0] ?? ''
    const colored =
      first === '→'
        ? colors.cyan(text)
        : first === '✓'
          ? colors.green(text)
          : first === '✗' || first === '!'
            ? colors.red(text)
            : first === '|'
              ? colors.dim(text)
              : text
    line(`${bar}${colored}`)
  }
}
