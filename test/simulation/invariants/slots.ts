import type { CronTask } from '../../../crds/cron-task.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import { isSlotOf, slotAfter } from '../calendar.ts'
import type { Invariant } from './invariant.ts'
import { isOurs } from './invariant.ts'

/** Reasons for which a slot is left out. */
const told = new Set(['MissedDeadline', 'MaxRetainedTasksReached', 'ActiveTaskExists', 'TaskCreationFailed'])

/** What is known of one CronTask since it was made. */
interface Record {
  /** Seconds in the names of the Tasks that were ever made for it. */
  readonly made: Set<number>
  /** What its spec has said, the newest last. */
  readonly specs: CronTask['spec'][]
}

const announced = (one: CronTask | undefined): number | undefined =>
  one?.status?.nextScheduleTime === undefined ? undefined : Date.parse(one.status.nextScheduleTime)

export const everySlotAnswered: Invariant = {
  id: 'I5',
  promise:
    'each due slot of a CronTask gives exactly one Task or one recorded reason, also after the Task is cleaned up',
  watch: (look, report) => {
    const records = new Map<string, Record>()

    const recordOf = (uid: string): Record => {
      const known = records.get(uid)
      if (known) return known
      const begun: Record = { made: new Set(), specs: [] }
      records.set(uid, begun)
      return begun
    }
    const isSlot = ({ specs }: Record, moment: number): boolean =>
      specs.some(({ schedule, timeZone }) => isSlotOf(schedule, timeZone, moment))

    return {
      see: (change) => {
        const latest = look.latestWall()
        const { ref, before, after } = change
        const owner = after?.metadata?.ownerReferences?.find(({ kind }) => kind === 'CronTask')
        if (ref.kind === 'Task' && !before && owner && isOurs(change)) {
          const record = recordOf(owner.uid)
          const seconds = Number(ref.name.slice(owner.name.length + 1))
          if (record.made.has(seconds)) report(`was made a second time for CronTask ${owner.name}`, ref)
          record.made.add(seconds)
          if (seconds % 60 === 0 && !isSlot(record, seconds * 1000)) report('was made for a time that is no slot', ref)
          if (seconds * 1000 > latest + 1000) report('was made before its slot', ref)
        }
        if (ref.kind !== 'CronTask' || !after) return
        const [was, is] = [before as unknown as CronTask | undefined, after as unknown as CronTask]
        const record = recordOf(is.metadata.uid ?? '')
        if (!was || was.spec !== is.spec) record.specs.push(is.spec)
        const [due, next] = [announced(was), announced(is)]
        if (!isOurs(change) || next === due) return
        if (next !== undefined && !isSlot(record, next)) report('announces a time that is no slot', ref)
        const isEdited = was?.status?.observedGeneration !== is.metadata.generation
        if (isEdited || is.spec.suspend || due === undefined || next === undefined) return
        if (due > latest) return report('has left the slot that it announced before it came', ref)
        const isMade = [...record.made].some((seconds) => seconds * 1000 >= due && seconds * 1000 < next)
        if (!isMade && !told.has(conditionOf(is.status?.conditions, 'Ready')?.reason ?? ''))
          report(`has gone past ${was?.status?.nextScheduleTime} without a Task and without a reason`, ref)
        const { schedule, timeZone } = is.spec
        if (next > latest && slotAfter(schedule, timeZone, Math.max(due, latest)) !== next)
          report(`announces ${is.status?.nextScheduleTime}, which is not the next slot`, ref)
      },
      end: () => {
        for (const one of look.all('CronTask')) {
          const { name, uid = '', namespace = '' } = one.metadata
          const ref = { kind: 'CronTask', namespace, name } as const
          const { made } = recordOf(uid)
          if ((one.status?.totalExecutions ?? 0) !== made.size)
            report(`has made ${made.size} Tasks and counts ${one.status?.totalExecutions}`, ref)
          const next = announced(one)
          if (next !== undefined && next < look.wall()) report('has a slot that has come and was not answered', ref)
        }
      },
    }
  },
}
