import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1'
import { labels } from '../../crds/names.ts'
import type { Task, TaskStatus } from '../../crds/task.ts'
import { conditionOf, timestamp } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Plan } from '../../shared/plan.ts'
import type { Span } from '../../shared/span.ts'
import { attributesOf, errorLine } from '../../shared/span.ts'
import type { Trace } from '../../shared/trace.ts'
import { spanIdOf, traceOf } from '../../shared/trace.ts'
import { parseRunSummary } from '../pod/run/summary.ts'
import { taskPodName } from '../workload/names.ts'
import { mainStatusOf } from '../workload/pod-outcome.ts'
import { endingOf } from './measure.ts'
import { ownPod } from './settle.ts'
import type { TaskSight } from './sight.ts'

/** One step of a Task, as far as its spans tell of it. */
interface Story {
  readonly trace: Trace
  readonly task: Task
  readonly target: TaskSight['target']
  /** Its status as it was and as it was written. */
  readonly before: TaskStatus
  readonly after: TaskStatus
  readonly pod: Pod | undefined
  readonly now: Date
  /** Why it did not end well; undefined where it has not ended, or has done its work. */
  readonly fault?: { readonly reason: string; readonly message: string }
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

interface Part {
  readonly name: string
  /** Tells it from others of its name. */
  readonly of?: string
  /** The root where nothing is said. */
  readonly parent?: string
  readonly kind?: Span['kind']
  readonly start: Date
  readonly end: Date
  readonly attributes?: Attributes
  readonly error?: string | undefined
}

const idOf = ({ task }: Story, name: string, of = ''): string => spanIdOf(task.metadata.uid ?? '', name, of)

const faultText = ({ fault }: Story): string | undefined => fault && `${fault.reason}: ${fault.message}`

const spanOf = (story: Story, part: Part): Span => {
  const { trace, task } = story
  const { name, of, parent = trace.root, kind = 'internal', start, end, attributes, error } = part
  const { metadata } = task
  return {
    traceId: trace.id,
    spanId: idOf(story, name, of),
    parentSpanId: parent,
    name,
    kind,
    start,
    // Clocks of nodes differ, and Kubernetes stores whole seconds.
    end: end < start ? start : end,
    attributes: attributesOf({
      'k8s.namespace.name': metadata.namespace,
      'kubeopencode.task.name': metadata.name,
      ...attributes,
    }),
    ...(error !== undefined && { error: errorLine(error) }),
  }
}

/** A time that a status tells; there are some of 1970 and of year 1, which mean that nobody knows. */
const timeOf = (text: string | undefined): Date | undefined => {
  const time = Date.parse(text ?? '')
  return time > Date.UTC(2000, 0) ? new Date(time) : undefined
}

/** To the second, as the times are that Kubernetes stores: what begins with it is not told to begin before. */
const toSecond = (time: Date): Date => new Date(timestamp(time))

/** A wait in the queue that is over, with what it was for at last. */
const queued = (story: Story): Span[] => {
  const { before, after, task, now } = story
  const since = timeOf(before.queue?.since ?? task.metadata.creationTimestamp)
  if (before.phase !== 'Queued' || after.phase === 'Queued' || !since) return []
  const reason = conditionOf(before.conditions, 'Queued')?.reason
  const attributes = { 'kubeopencode.task.reason': reason }
  return [spanOf(story, { name: 'queued', start: since, end: toSecond(now), attributes, error: faultText(story) })]
}

/** A question of the agent that nobody is asked any more. Neither its words nor who answered are told. */
const asked = (story: Story): Span[] => {
  const { before, after, now } = story
  const { question } = before
  const since = timeOf(question?.since)
  if (!question || !since || after.question?.id === question.id) return []
  const answer = after.answers?.find(({ id }) => id === question.id)
  return [
    spanOf(story, {
      name: 'asking',
      of: question.id,
      parent: idOf(story, 'running'),
      start: since,
      end: timeOf(answer?.time) ?? toSecond(now),
      attributes: {
        'kubeopencode.question.kind': question.kind,
        'kubeopencode.question.verdict': answer?.verdict ?? 'Withdrawn',
      },
    }),
  ]
}

const podAttributes = ({ task, pod }: Story): Attributes => ({
  'k8s.pod.name': taskPodName(task.metadata.name),
  'k8s.pod.uid': pod?.metadata?.uid,
  'k8s.node.name': pod?.spec?.nodeName,
})

const scheduling = (story: Story, start: Date): Span[] => {
  const scheduled = story.pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const end = scheduled?.status === 'True' ? timeOf(scheduled.lastTransitionTime) : story.now
  if (!scheduled || !end) return []
  return [spanOf(story, { name: 'scheduling', parent: idOf(story, 'starting'), start, end })]
}

/** What fetches an agent's contexts before it begins, such as a clone; and nothing that goes on to run beside the agent. */
const initContainers = (story: Story, startingEnd: Date, hasBegun: boolean): Span[] =>
  (story.pod?.status?.initContainerStatuses ?? []).flatMap(({ name, state }: ContainerStatus) => {
    const start = timeOf(state?.terminated?.startedAt ?? state?.running?.startedAt)
    const ended = timeOf(state?.terminated?.finishedAt) ?? startingEnd
    if (!start || (hasBegun && !state?.terminated)) return []
    const { exitCode } = state?.terminated ?? {}
    return [
      spanOf(story, {
        name: 'init container',
        of: name,
        parent: idOf(story, 'starting'),
        start,
        end: ended < startingEnd ? ended : startingEnd,
        attributes: { 'k8s.container.name': name },
        ...(exitCode !== undefined && exitCode !== 0 && { error: `exit code ${exitCode}` }),
      }),
    ]
  })

const price = (cost: string | undefined): number | undefined => {
  const dollars = Number(cost ?? Number.NaN)
  return Number.isFinite(dollars) ? dollars : undefined
}

/**
 * The session as https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/ names it, where tokens of the cache count as
 * input, and those of thought as output. The runner says when it began and ended; where another did its work, it is as
 * long as its container ran.
 */
const session = (story: Story, start: Date, end: Date): Span[] => {
  const { after, target } = story
  if (!after.session || target.kind === 'missing') return []
  const { id, summary } = after.session
  const { input = 0, output = 0, reasoning = 0, cache = 0 } = summary?.tokenUsage ?? {}
  return [
    spanOf(story, {
      name: `invoke_agent ${target.name}`,
      of: 'session',
      parent: idOf(story, 'running'),
      kind: target.kind === 'agent' ? 'client' : 'internal',
      start,
      end,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': 'opencode',
        'gen_ai.agent.name': target.name,
        'gen_ai.conversation.id': id,
        ...(summary?.tokenUsage && {
          'gen_ai.usage.input_tokens': input + cache,
          'gen_ai.usage.output_tokens': output + reasoning,
          'gen_ai.usage.reasoning.output_tokens': reasoning,
        }),
        'kubeopencode.session.cost_usd': price(summary?.cost),
        'kubeopencode.session.files_changed': summary?.filesChanged,
      },
      error: faultText(story),
    }),
  ]
}

const running = (story: Story, start: Date, main: ContainerStatus['state']): Span[] => {
  const { now } = story
  const finished = timeOf(main?.terminated?.finishedAt) ?? now
  const told = parseRunSummary(main?.terminated?.message ?? '')?.time
  // Words of a Pod: they are believed as far as they can be true.
  const within = (time: number | undefined, otherwise: Date): Date =>
    time === undefined ? otherwise : new Date(Math.min(Math.max(time, start.getTime()), now.getTime()))
  const ended = within(told?.ended, finished)
  return [
    spanOf(story, {
      name: 'running',
      start,
      end: ended > finished ? ended : finished,
      attributes: podAttributes(story),
      error: faultText(story),
    }),
    ...session(story, within(told?.began, start), ended),
  ]
}

/** From its Pod to the end. Where the Pod is gone nobody can say any more when its agent began. */
const inPod = (story: Story): Span[] => {
  const { after, pod, now } = story
  const made = timeOf(after.startTime ?? pod?.metadata?.creationTimestamp)
  if (!made) return []
  if (!pod) return running(story, made, undefined)
  const main = mainStatusOf(pod)?.state
  const told = timeOf(main?.running?.startedAt ?? main?.terminated?.startedAt)
  const began = told ?? (main?.terminated ? made : undefined)
  const end = began ?? now
  return [
    spanOf(story, {
      name: 'starting',
      start: made,
      end,
      attributes: podAttributes(story),
      ...(!began && { error: faultText(story) }),
    }),
    ...scheduling(story, made),
    ...initContainers(story, end, began !== undefined),
    ...(began ? running(story, began < made ? made : began, main) : []),
  ]
}

const whole = (story: Story): Span[] => {
  const { trace, task, target, after, now } = story
  const start = timeOf(task.metadata.creationTimestamp)
  if (!start) return []
  const { parentSpanId: _none, ...span } = spanOf(story, {
    name: 'task',
    start,
    end: now,
    attributes: {
      'kubeopencode.task.uid': task.metadata.uid,
      'kubeopencode.task.phase': after.phase,
      'kubeopencode.task.reason': endingOf(after)?.reason,
      'kubeopencode.agent.name': target.kind === 'agent' ? target.name : undefined,
      'kubeopencode.agent_template.name': target.kind === 'template' ? target.name : undefined,
      'kubeopencode.cron_task.name': task.metadata.labels?.[labels.cronTask],
      'k8s.pod.name': after.podName,
      'error.type': story.fault?.reason,
    },
    error: faultText(story),
  })
  return [{ ...span, spanId: trace.root, ...(trace.caller !== undefined && { parentSpanId: trace.caller }) }]
}

const faultOf = (after: TaskStatus): Pick<Story, 'fault'> => {
  const ending = isFinished({ status: after }) ? endingOf(after) : undefined
  return ending && ending.type !== 'Complete' ? { fault: { reason: ending.reason, message: ending.message } } : {}
}

/**
 * What has come to its end with a plan: a wait in the queue, a question, and at last the Task itself with all that its
 * status and its Pod tell of it. A status is written only as it was seen, so each is told once, however many copies look.
 */
export const taskSpans = (sight: TaskSight, plan: Plan, now: Date): Span[] => {
  const { parent: task, target } = sight
  const after: TaskStatus | undefined = plan.status
  const trace = traceOf(task)
  if (!trace || !after || isFinished(task)) return []
  const story: Story = {
    trace,
    task,
    target,
    before: task.status ?? {},
    after,
    pod: ownPod(sight),
    now,
    ...faultOf(after),
  }
  return [
    ...queued(story),
    ...asked(story),
    ...(isFinished({ status: after }) ? [...inPod(story), ...whole(story)] : []),
  ]
}
