import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, timestamp } from '../../shared/conditions.ts'
import type { Key } from '../../shared/hint.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import type { Note, Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import { someOf } from '../../shared/some-of.ts'
import type { Schedule } from '../../shared/schedule.ts'
import { countSlots } from '../../shared/schedule.ts'
import { withRemedy } from '../workload/remedies.ts'
import { childTask, stopOf } from './builders.ts'
import { childName, isSlot, secondsOf, triggerSeconds } from './names.ts'
import { activeChildren, isFull, isTriggered, note, ready, report } from './report.ts'
import type { CronTaskSight, Run } from './sight.ts'
import { owedAfter } from './slots.ts'
import { isCounted } from './told.ts'

type Step = (sight: CronTaskSight, now: Date) => Plan | undefined

const itself = ({ parent: { metadata } }: CronTaskSight): Key => ({
  kind: 'CronTask',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
})

const dateOf = (seconds: number): Date => new Date(seconds * 1000)

/** `2026-06-01T12:00:00Z` */
const timeOf = (seconds: number): string => timestamp(dateOf(seconds))

const scheduleOf = ({ parsed }: CronTaskSight): Schedule | undefined =>
  'schedule' in parsed ? parsed.schedule : undefined

/** Past this many missed slots somebody should look, as with CronJobs. */
const manyMissed = 100

const tryAgain = (sight: CronTaskSight, now: Date, next: Date | undefined): Pick<Plan, 'againSeconds'> =>
  next && !sight.parent.spec.suspend ? { againSeconds: Math.max(0, (next.getTime() - now.getTime()) / 1000) } : {}

/** What is deleted makes no more Tasks; those it has go with it. */
const leaveDeletedAlone: Step = ({ parent }) => (parent.metadata.deletionTimestamp === undefined ? undefined : nothing)

interface Child {
  readonly seconds: number
  readonly name: string
}

/** Tasks that were made and are not in the status yet, the earliest first. */
const untold = ({ parent, children, due, trigger }: CronTaskSight): Child[] => {
  const holders = [due?.holder, trigger?.holder].filter(
    (holder) => holder !== undefined && isControlledBy(holder, parent.metadata.uid),
  )
  const names = new Set([...children, ...holders].map((task) => task?.metadata.name ?? ''))
  return [...names]
    .flatMap((name) => {
      const seconds = secondsOf(parent.metadata.name, name)
      return seconds === undefined || isCounted(parent, name) ? [] : [{ seconds, name }]
    })
    .toSorted((one, other) => one.seconds - other.seconds)
}

/** What one Task that was made is worth saying: also how many slots before it were missed. */
const madeNotes = (sight: CronTaskSight, { seconds, name }: Child): Note[] => {
  if (!isSlot(seconds))
    return [note('Normal', 'Triggered', 'CreateTask', `created Task ${name}, which was asked for by hand`)]
  const [schedule, after] = [scheduleOf(sight), owedAfter(sight.parent)]
  const first = after && schedule?.next(after)
  const missed = schedule && first ? countSlots(schedule, first, dateOf(seconds), manyMissed + 1) : 0
  const earlier =
    missed === 0 ? '' : `; ${missed > manyMissed ? `more than ${manyMissed}` : missed} earlier runs were missed`
  const made = note('Normal', 'TaskCreated', 'CreateTask', `created Task ${name} for ${timeOf(seconds)}${earlier}`)
  if (missed <= manyMissed) return [made]
  const message = `more than ${manyMissed} runs before ${timeOf(seconds)} were missed, and none of them is made up: was the controller down, or a clock wrong?`
  return [made, note('Warning', 'TooManyMissed', 'CreateTask', message)]
}

/** A Task is counted only when it is seen, so that one made right before a crash is counted once, and never made twice. */
const tellMade: Step = (sight, now) => {
  const made = untold(sight)
  if (made.length === 0) return undefined
  const { parent, trigger } = sight
  const slot = made.findLast(({ seconds }) => isSlot(seconds))
  const manual = made.findLast(({ seconds }) => !isSlot(seconds))
  const next = slot ? scheduleOf(sight)?.next(dateOf(slot.seconds)) : announced(sight)
  const isServed = trigger !== undefined && made.some(({ seconds }) => seconds === trigger.seconds)
  return {
    ...(isServed && { patch: withoutTrigger }),
    status: report(sight, now, {
      next: parent.spec.suspend ? undefined : next,
      isAnswered: true,
      status: {
        ...(slot && { lastScheduleTime: timeOf(slot.seconds) }),
        ...(manual && { lastTriggerTime: timeOf(manual.seconds) }),
        totalExecutions: (parent.status?.totalExecutions ?? 0) + made.length,
      },
    }),
    events: made.flatMap((child) => madeNotes(sight, child)),
    ...(isTriggered(sight) || (trigger && !isServed) ? { wake: [itself(sight)] } : {}),
    ...tryAgain(sight, now, next),
  }
}

/** The slot to announce: what is due until it is answered, what is to come until an edit says otherwise. */
const announced = (sight: CronTaskSight): Date | undefined => {
  const { parent, seenAt, due } = sight
  const schedule = scheduleOf(sight)
  if (!schedule || parent.spec.suspend) return undefined
  const { nextScheduleTime, lastScheduleTime, observedGeneration } = parent.status ?? {}
  const before = nextScheduleTime === undefined ? undefined : new Date(nextScheduleTime)
  if (due) return before ?? dateOf(due.seconds)
  if (before && before > seenAt && observedGeneration === parent.metadata.generation) return before
  // Not the slot that has run, should a clock jump back.
  const last = lastScheduleTime === undefined ? 0 : Date.parse(lastScheduleTime)
  return schedule.next(new Date(Math.max(last, seenAt.getTime())))
}

const withoutTrigger = { metadata: { annotations: { [annotations.trigger]: null } } }

/** A trigger whose Task was made and told, by a copy that did not live to take the annotation away. */
const dropServedTrigger: Step = (sight) => {
  const { parent, trigger } = sight
  const { lastTriggerTime } = parent.status ?? {}
  const isServed = trigger && lastTriggerTime !== undefined && dateOf(trigger.seconds) <= new Date(lastTriggerTime)
  return isServed ? { patch: withoutTrigger, wake: [itself(sight)] } : undefined
}

/** A run asked for by hand that cannot be made is told and not tried again. */
const failTrigger = (sight: CronTaskSight, now: Date, message: string): Plan => ({
  patch: withoutTrigger,
  status: report(sight, now, { next: announced(sight), condition: ready('False', 'TaskCreationFailed', message) }),
  events: [note('Warning', 'TaskCreationFailed', 'CreateTask', message)],
  ...tryAgain(sight, now, announced(sight)),
})

const takenMessage = ({ parent }: CronTaskSight, { seconds }: Run): string => {
  const { name, namespace = '' } = parent.metadata
  return `Task ${namespace}/${childName(name, seconds)} exists and does not belong to this CronTask, so this run is left out; rename the CronTask or delete that Task`
}

const create = (sight: CronTaskSight, { seconds }: Run): Plan => ({
  create: [childTask(sight.parent, seconds)],
  wake: [itself(sight)],
})

/** A person asked, so neither suspension nor concurrencyPolicy stands in the way, but there must be room. */
const serveTrigger: Step = (sight, now) => {
  const { trigger } = sight
  if (!trigger) return undefined
  if (trigger.holder) return failTrigger(sight, now, takenMessage(sight, trigger))
  return isFull(sight) ? undefined : create(sight, trigger)
}

/** First the name is chosen and written down: however often this is repeated, one trigger makes one Task. */
const claimTrigger: Step = (sight, now) => {
  if (!isTriggered(sight) || isFull(sight)) return undefined
  const seconds = triggerSeconds(now, sight.parent.status?.lastTriggerTime)
  return { patch: { metadata: { annotations: { [annotations.trigger]: String(seconds) } } }, wake: [itself(sight)] }
}

/** The slot gets its answer, which is why no Task is made for it; the one after it is announced. */
const answered = (sight: CronTaskSight, now: Date, run: Run, event: Note, condition?: ConditionUpdate): Plan => {
  const next = scheduleOf(sight)?.next(dateOf(run.seconds))
  return {
    status: report(sight, now, { next, condition, isAnswered: true }),
    events: [event],
    ...tryAgain(sight, now, next),
  }
}

const missDeadline: Step = (sight, now) => {
  const { due, parent } = sight
  const { startingDeadlineSeconds } = parent.spec
  if (!due || startingDeadlineSeconds === undefined) return undefined
  const late = Math.floor((now.getTime() - dateOf(due.seconds).getTime()) / 1000)
  if (late <= startingDeadlineSeconds) return undefined
  const message = `the run of ${timeOf(due.seconds)} was left out: it could have started only ${late} s late, and spec.startingDeadlineSeconds allows ${startingDeadlineSeconds}`
  const event = note('Warning', 'MissedDeadline', 'SkipRun', message)
  return answered(sight, now, due, event, ready('True', 'MissedDeadline', message))
}

const leaveTakenNameAlone: Step = (sight, now) => {
  const { due } = sight
  if (!due?.holder) return undefined
  const message = takenMessage(sight, due)
  const event = note('Warning', 'TaskCreationFailed', 'CreateTask', message)
  return answered(sight, now, due, event, ready('False', 'TaskCreationFailed', message))
}

const holdWhenFull: Step = (sight, now) => {
  const { due, parent } = sight
  if (!due || !isFull(sight)) return undefined
  const message = `the run of ${timeOf(due.seconds)} was left out: spec.maxRetainedTasks allows ${parent.spec.maxRetainedTasks} Tasks and there are as many; delete some, or let KubeOpenCodeConfig.spec.cleanup do it`
  return answered(sight, now, due, note('Warning', 'MaxRetainedTasksReached', 'SkipRun', message))
}

const namesOf = (tasks: readonly Task[]): string => {
  const names = tasks.map(({ metadata }) => metadata.name).toSorted()
  return `${names.length === 1 ? 'Task' : 'Tasks'} ${someOf(names)}`
}

const skipWhileActive: Step = (sight, now) => {
  const { due, parent } = sight
  const active = activeChildren(sight)
  if (!due || parent.spec.concurrencyPolicy !== 'Forbid' || active.length === 0) return undefined
  const message = `the run of ${timeOf(due.seconds)} was left out: ${namesOf(active)} had not ended, and spec.concurrencyPolicy is Forbid`
  const event = note('Normal', 'TaskStillActive', 'SkipRun', message)
  return answered(sight, now, due, event, ready('True', 'ActiveTaskExists', message))
}

const isAskedToStop = ({ metadata }: Task): boolean => metadata.annotations?.[annotations.stop] === 'true'

/** How often Pods of stopped Tasks are looked at until they are gone, in seconds. */
const goodbyeAgainSeconds = 2

/** The slot stays announced until those before it have really ended; their end wakes us. */
const replaceActive: Step = (sight, now) => {
  const { due, parent, lingering } = sight
  const active = activeChildren(sight)
  if (!due || parent.spec.concurrencyPolicy !== 'Replace') return undefined
  if (active.length === 0) return lingering.length > 0 ? { againSeconds: goodbyeAgainSeconds } : undefined
  const message = `the run of ${timeOf(due.seconds)} starts when ${namesOf(active)} has ended, which was asked to stop for it`
  const asked = active.filter((task) => !isAskedToStop(task))
  return {
    apply: asked.map(stopOf),
    status: report(sight, now, { next: announced(sight), condition: ready('True', 'ActiveTaskExists', message) }),
    ...(asked.length > 0 && { events: [note('Normal', 'ReplacedTasks', 'StopTask', message)] }),
  }
}

const runDue: Step = (sight) => (sight.due ? create(sight, sight.due) : undefined)

/** Nothing to do until the next slot. */
const stand: Step = (sight, now) => {
  const { parent } = sight
  const next = announced(sight)
  const status = report(sight, now, { next })
  const said = conditionOf(status.conditions, 'Ready')
  const isNews = said?.message !== conditionOf(parent.status?.conditions, 'Ready')?.message
  const isHeldBack = (isTriggered(sight) || sight.trigger !== undefined) && isFull(sight) && isNews
  return {
    status,
    ...(isHeldBack && {
      events: [note('Warning', 'MaxRetainedTasksReached', 'SkipRun', said?.message ?? '')],
    }),
    ...tryAgain(sight, now, next),
  }
}

/** Read top to bottom: the first step with an opinion wins. What is due is never due while suspended. */
const steps: readonly Step[] = [
  leaveDeletedAlone,
  tellMade,
  dropServedTrigger,
  serveTrigger,
  claimTrigger,
  missDeadline,
  leaveTakenNameAlone,
  holdWhenFull,
  skipWhileActive,
  replaceActive,
  runDue,
  stand,
]

/** What should happen to a CronTask next. */
export const decideCronTask = (sight: CronTaskSight, now: Date): Plan => {
  for (const step of steps) {
    const plan = step(sight, now)
    if (plan) return plan
  }
  return nothing
}

/** The apiserver refused the Task for good: an invalid field, a webhook, a namespace that is being deleted. */
export const cronTaskRefused = (sight: CronTaskSight, message: string, now: Date): Plan => {
  const { trigger, due } = sight
  if (trigger && !trigger.holder && !isFull(sight)) return failTrigger(sight, now, message)
  if (!due || due.holder) return nothing
  const event = note('Warning', 'TaskCreationFailed', 'CreateTask', message)
  return answered(sight, now, due, event, ready('False', 'TaskCreationFailed', message))
}

/** Others keep the apiserver from taking the Task: its run stays due, as long as startingDeadlineSeconds allows. */
export const cronTaskHindered = (sight: CronTaskSight, refusal: string, now: Date): Plan => {
  if (!sight.due && !sight.trigger) return nothing
  const message = `${withRemedy(refusal, sight.parent.metadata.namespace)}; it is tried again`
  const before = conditionOf(sight.parent.status?.conditions, 'Ready')
  const isNews = before?.status !== 'False' || before.reason !== 'TaskCreationFailed'
  return {
    status: report(sight, now, {
      next: announced(sight),
      condition: ready('False', 'TaskCreationFailed', message),
    }),
    ...(isNews && { events: [note('Warning', 'TaskCreationFailed', 'CreateTask', message)] }),
  }
}
