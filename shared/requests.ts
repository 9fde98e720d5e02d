import { annotations } from '../crds/names.ts'
import { answerText } from './answers.ts'
import type { Reply } from './ports.ts'

/**
 * What a person asks of an object with a verb, as JSON merge patches of it. kubeoc and the API send them with the
 * person's own rights; the functions react to what was stored, as to the same edit made by hand.
 */
const annotate = (name: string, value: string | null) => ({ metadata: { annotations: { [name]: value } } })

/** Ends a Task; it counts as completed, with condition Stopped. */
export const stopTask = annotate(annotations.stop, 'true')

/** Tells the agent of a Task what it waits for; `id` is that of the question which was read. */
export const answerTask = (id: string, reply: Reply) => annotate(annotations.answer, answerText(id, reply))

/** Scales the Agent's server to nothing; what it keeps on volumes stays. */
export const suspendAgent = { spec: { suspend: true } }
export const resumeAgent = { spec: { suspend: false } }

/** Says that a terminal is open now: wakes an Agent, and keeps standby away from it. */
export const keepAwake = (now: Date) => annotate(annotations.lastConnectionActive, now.toISOString())

/** Makes one Task of the CronTask now, beside its schedule. */
export const triggerCronTask = annotate(annotations.trigger, 'true')

/** Holds the schedule; Tasks that run go on. */
export const suspendCronTask = { spec: { suspend: true } }
export const resumeCronTask = { spec: { suspend: false } }
