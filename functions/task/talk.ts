import { annotations } from '../../crds/names.ts'
import type { TaskAnswer, TaskQuestion, TaskStatus } from '../../crds/task.ts'
import { MOST_ANSWERS } from '../../crds/task.ts'
import type { Answer } from '../../shared/answers.ts'
import { misfit, noAnswer, parseAnswer, shownText, withoutAnswer } from '../../shared/answers.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp } from '../../shared/conditions.ts'
import type { Note, Plan } from '../../shared/plan.ts'
import type { Asked } from '../../shared/ports.ts'
import { guardPortName } from '../../shared/server-access.ts'
import { askingSeconds, isMaybeAsking } from '../workload/asking.ts'
import { sessionServer } from '../workload/names.ts'
import { mainStatusOf } from '../workload/pod-outcome.ts'
import { isFalse, isTrue, note } from './report.ts'
import { ownPod } from './settle.ts'
import type { TaskSight } from './sight.ts'

/** What passes between the agent of a running Task and a person. */
export interface Talk {
  readonly plan: Pick<Plan, 'tell' | 'patch' | 'events'>
  readonly status: Pick<TaskStatus, 'question' | 'answers'>
  readonly conditions: readonly ConditionUpdate[]
  readonly againSeconds?: number
}

/** While something waits its Pod stays as it is, also when another question comes or the first one is withdrawn. */
const askingAgainSeconds = 15
/** A server that has answered nothing is asked again. */
const unreachableAgainSeconds = 5
/** A runner starts within that, and so does a server that restarts. */
const hiddenAfterSeconds = 15
/** What is recorded is delivered at once. */
const deliverAgainSeconds = 0
/** The kubelet sees within two seconds that nothing waits any more; another question may be behind the first. */
const afterAnswerSeconds = 3
const justAnsweredSeconds = 10

const said = {
  Approved: 'approved',
  ApprovedAlways: 'approved for good',
  Denied: 'denied',
  Replied: 'answered',
} as const

const answeredText = ({ verdict, by, text }: TaskAnswer): string => `${said[verdict]} by ${by}: ${text}`

const pendingCondition = ({ kind, text, deadline }: TaskQuestion, task: string): ConditionUpdate => {
  const until = deadline === undefined ? '' : ` It is denied at ${deadline} if nobody answers.`
  const [reason, asks, verb] =
    kind === 'Permission'
      ? (['PermissionAsked', 'the agent asks for leave to use', 'approve'] as const)
      : (['QuestionAsked', 'the agent asks', 'reply'] as const)
  const how = `Answer with kubeoc task ${verb} ${task} or kubeoc task deny ${task}.`
  return isTrue('ApprovalPending', reason, `${asks} ${text}. ${how}${until}`)
}

const questionOf = (sight: TaskSight, { id, kind, text, always }: Asked, now: Date): TaskQuestion => {
  const known = sight.parent.status?.question
  if (known?.id === id) return known
  const pod = ownPod(sight)
  const seconds = pod && askingSeconds(pod)
  const deadline = seconds === undefined ? undefined : timestamp(new Date(now.getTime() + seconds * 1000))
  return {
    id,
    kind,
    text,
    ...(always && { always }),
    since: timestamp(now),
    ...(deadline !== undefined && { deadline }),
  }
}

/** What a person has said in the annotation, and whether it can be taken. */
const heard = (
  { parent }: TaskSight,
  asking: readonly Asked[],
): { readonly answer?: Answer; readonly asked?: Asked; readonly fault?: string } => {
  const text = parent.metadata.annotations?.[annotations.answer]
  if (text === undefined) return {}
  const answer = parseAnswer(text)
  if (!answer) return { fault: noAnswer }
  const asked = asking.find(({ id }) => id === answer.id)
  if (!asked) return { fault: `nothing with the id ${answer.id} waits for an answer any more` }
  const fault = misfit(asked, answer)
  return fault === undefined ? { answer, asked } : { fault }
}

const recordOf = ({ parent }: TaskSight, asked: Asked, { verdict, text }: Answer, now: Date): TaskAnswer => ({
  id: asked.id,
  kind: asked.kind,
  // What was shown is what was answered, whatever the server calls it by now.
  text: parent.status?.question?.id === asked.id ? parent.status.question.text : asked.text,
  verdict,
  ...(text !== undefined && { reply: text }),
  by: shownText(parent.metadata.annotations?.[annotations.answeredBy] ?? '').slice(0, 256) || 'unknown',
  time: timestamp(now),
})

/** Whether the Pod has said for a while that something waits: a container that starts, and a server that restarts, pass. */
const isHidden = (sight: TaskSight, now: Date): boolean => {
  const pod = ownPod(sight)
  if (!pod || !isMaybeAsking(pod)) return false
  const unready = pod.status?.conditions?.find(({ type, status }) => type === 'ContainersReady' && status === 'False')
  const times = [mainStatusOf(pod)?.state?.running?.startedAt, unready?.lastTransitionTime]
  return times.every((time) => time !== undefined && secondsSince(time, now) >= hiddenAfterSeconds)
}

const withdrawn: ConditionUpdate = isFalse(
  'ApprovalPending',
  'Withdrawn',
  'nothing is asked any more: it was answered in the session, or by nobody in time',
)

const hiddenCondition = (agent: string): ConditionUpdate => ({
  type: 'ApprovalPending',
  status: 'Unknown',
  reason: 'ServerUnreachable',
  message: `the agent may wait for a person, and what it asks is not seen: the server of Agent ${agent} does not answer through the apiserver, which has to reach the port of its Service that is called ${guardPortName}, or http where it has no password (docs/networks.md)`,
})

/**
 * What is asked, shown; what is answered, recorded and then delivered, in that order: who comes after a crash delivers
 * what is recorded, and a server that has been told knows of no such question any more.
 */
export const talkOf = (sight: TaskSight, now: Date): Talk => {
  const { parent, target, asking } = sight
  const { question: known, answers = [], conditions } = parent.status ?? {}
  const kept = { ...(known && { question: known }) }
  const before = conditionOf(conditions, 'ApprovalPending')?.status
  if (asking === undefined || target.kind !== 'agent')
    return { plan: {}, status: kept, conditions: before === 'Unknown' ? [withdrawn] : [] }
  if (asking === 'unreachable')
    return {
      plan: {},
      status: kept,
      conditions: known || !isHidden(sight, now) ? [] : [hiddenCondition(target.name)],
      againSeconds: unreachableAgainSeconds,
    }

  const { answer, asked, fault } = heard(sight, asking)
  if (answer && asked && !answers.some(({ id }) => id === asked.id)) {
    const record = recordOf(sight, asked, answer, now)
    return {
      plan: {},
      status: { ...kept, answers: [...answers, record].slice(-MOST_ANSWERS) },
      conditions: [],
      againSeconds: deliverAgainSeconds,
    }
  }

  const due = answers.filter(({ id }) => asking.some((one) => one.id === id))
  const tell = due.map(({ id, kind, text, verdict, reply }) => ({
    server: sessionServer(target.agent),
    asked: { id, kind, text },
    reply: { verdict, ...(reply !== undefined && { text: reply }) },
  }))
  const isKnown = (id: string | undefined): boolean => answers.some((one) => one.id === id)
  const annotation = parent.metadata.annotations?.[annotations.answer]
  const isIgnored = fault !== undefined && !isKnown(parseAnswer(annotation ?? '')?.id)
  const next = asking.find(({ id }) => !isKnown(id))
  const events: Note[] = [
    // Once: a server that goes on asking what it has been told makes no more of them.
    ...(annotation === undefined ? [] : due.map((one) => note('Normal', 'Answered', 'AnswerAgent', answeredText(one)))),
    ...(isIgnored ? [note('Warning', 'AnswerIgnored', 'AnswerAgent', `the answer is not used: ${fault}`)] : []),
  ]
  const plan = { tell, ...(annotation !== undefined && { patch: withoutAnswer }) }
  if (next) {
    const question = questionOf(sight, next, now)
    const condition = pendingCondition(question, parent.metadata.name)
    if (known?.id !== next.id) events.push(note('Normal', condition.reason, 'AskPerson', condition.message))
    return {
      plan: { ...plan, events },
      status: { question },
      conditions: [condition],
      againSeconds: askingAgainSeconds,
    }
  }
  const last = answers.findLast(({ id }) => id === known?.id) ?? due.at(-1)
  const wasPending = before !== undefined && before !== 'False'
  const settled = last ? isFalse('ApprovalPending', 'Answered', answeredText(last)) : withdrawn
  const isJustAnswered = answers.some(({ time }) => secondsSince(time, now) < justAnsweredSeconds)
  const pod = ownPod(sight)
  // It may ask again before its node has seen that it had gone on.
  const isStillWaiting = pod !== undefined && isMaybeAsking(pod)
  return {
    plan: { ...plan, events },
    status: {},
    conditions: wasPending || due.length > 0 ? [settled] : [],
    ...(isStillWaiting && { againSeconds: isJustAnswered ? afterAnswerSeconds : askingAgainSeconds }),
  }
}
