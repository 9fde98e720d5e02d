import * as z from 'zod'
import type { CronTask } from '../../../crds/cron-task.ts'
import { annotations, labels } from '../../../crds/names.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import { resumeCronTask, suspendCronTask, triggerCronTask } from '../../../shared/requests.ts'
import { childName } from '../../cron-task/names.ts'
import type { Apiserver } from '../apiserver.ts'
import { placeOf, segmentOf } from '../inputs.ts'
import { answer, bare } from '../objects/answer.ts'
import { ListQuery, listWhere } from '../objects/list.ts'
import { patchObject } from '../objects/write.ts'
import { badRequest, Problem } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import { versionsOf } from '../streams/versions.ts'

const base = '/api/v1/namespaces/{namespace}/crontasks/{name}'

const patched = (patch: object) => async (c: ApiContext) => {
  const { namespace, name } = placeOf(c)
  return answer(c, bare(await patchObject<CronTask>(c.var.apiserver, pathOf('CronTask', namespace, name), patch)))
}

const Triggered = z.object({
  task: z
    .string()
    .optional()
    .describe('Name of the Task; left out where it is not known in time, as while there is no room for it.'),
  message: z.string(),
})
type Triggered = z.infer<typeof Triggered>

/** The functions serve a trigger within moments; with an empty schedule of theirs it may wait for the next sweep. */
const patienceMs = 10_000

/** The name of the Task that was made by hand after `before`. One that is only claimed may never be made. */
const nameIn = (cronTask: CronTask, before: string | undefined): string | undefined => {
  const { lastTriggerTime } = cronTask.status ?? {}
  if (lastTriggerTime === undefined || lastTriggerTime === before) return undefined
  return childName(cronTask.metadata.name, Date.parse(lastTriggerTime) / 1000)
}

/** Why it was not made: the annotation is gone and no new Task was told. */
const failureIn = (cronTask: CronTask): string | undefined => {
  if (cronTask.metadata.annotations?.[annotations.trigger] !== undefined) return undefined
  return cronTask.status?.conditions?.find(({ reason }) => reason === 'TaskCreationFailed')?.message
}

const served = async (apiserver: Apiserver, triggered: CronTask, signal: AbortSignal): Promise<Triggered> => {
  const { namespace = '', name } = triggered.metadata
  const before = triggered.status?.lastTriggerTime
  const late = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  try {
    for await (const version of versionsOf<CronTask>(apiserver, 'CronTask', namespace, name, late)) {
      if (!version)
        throw new Problem(404, 'NotFound', `CronTask ${namespace}/${name} was deleted before its Task was made`)
      const task = nameIn(version, before)
      if (task !== undefined) return { task, message: `Task ${task} is made` }
      const failure = failureIn(version)
      if (failure !== undefined) throw new Problem(409, 'Conflict', failure)
    }
  } catch (error) {
    if (!late.aborted || error instanceof Problem) throw error
  }
  return {
    message: `CronTask ${namespace}/${name} is asked for a Task, which is not made yet: its conditions say what it waits for`,
  }
}

const trigger = async (c: ApiContext): Promise<Response> => {
  const { namespace, name } = placeOf(c)
  const { apiserver } = c.var
  const triggered = await patchObject<CronTask>(apiserver, pathOf('CronTask', namespace, name), triggerCronTask)
  const outcome = await served(apiserver, triggered, c.req.raw.signal)
  return c.json(outcome, outcome.task === undefined ? 202 : 200)
}

/** Its name as the value of the label its Tasks have; a longer one has none. */
const ofCronTask = (c: ApiContext): string => {
  const name = segmentOf(c, 'name')
  if (name.length > 52) throw badRequest('a CronTask has a name of at most 52 characters')
  return `${labels.cronTask}=${name}`
}

export const cronTaskRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${base}/suspend`,
    summary: 'Hold the schedule; Tasks that run go on',
    answer: { shape: 'CronTask' },
    handle: patched(suspendCronTask),
  },
  {
    method: 'POST',
    path: `${base}/resume`,
    summary: 'Let the schedule go on',
    answer: { shape: 'CronTask' },
    handle: patched(resumeCronTask),
  },
  {
    method: 'POST',
    path: `${base}/trigger`,
    summary: 'Make one Task now, beside the schedule; answers with its name',
    answer: { shape: Triggered },
    handle: trigger,
  },
  {
    method: 'GET',
    path: `${base}/history`,
    summary: 'Tasks that were made by it',
    query: ListQuery,
    answer: { shape: 'TaskList' },
    handle: listWhere('Task', ofCronTask),
  },
]
