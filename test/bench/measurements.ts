import type { FunctionsProcess } from './functions-process.ts'
import { startContainer } from './container.ts'
import type { Creates } from './measurements/admission.ts'
import { measureAdmission, timeCreates } from './measurements/admission.ts'
import { measureJudgedRequests, measureRequests } from './measurements/costs.ts'
import { drainSeconds, measureDrain, threeAtOnce } from './measurements/drain.ts'
import { measureFinished } from './measurements/finished.ts'
import { floorOfFires, floorOfQueue, floorOfStart, floorOfThroughput } from './measurements/floor.ts'
import { measureFrameworks } from './measurements/frameworks.ts'
import { measureGrowth } from './measurements/growth.ts'
import { gapsOf, measureQueue, oneByOne } from './measurements/queue.ts'
import { measureQuota } from './measurements/quota.ts'
import { measureReviews } from './measurements/reviews.ts'
import { measureFires, measureSchedules } from './measurements/schedule.ts'
import { measureSettled, openSettledWorld } from './measurements/settled.ts'
import { measureStandby } from './measurements/standby.ts'
import { measureStart, tenASecond } from './measurements/start.ts'
import { measureContainer, measureThroughput } from './measurements/throughput.ts'
import { measureSwallowing } from './measurements/swallowing.ts'
import { measureWrites } from './measurements/writes.ts'
import type { Rig } from './rig.ts'
import type { Result } from './row.ts'

/** The functions that serve now, and how they are started anew. */
export interface Serving {
  readonly functions: () => FunctionsProcess
  readonly restart: (pauseMilliseconds: number) => Promise<void>
}

/** A measurement's part in one round, by what runs meanwhile. What one part leaves for the next stays within it. */
export interface Parts {
  /** Neither functions nor webhooks: what is measured without them, or with a program of its own. */
  readonly bare?: () => Promise<Result | undefined>
  /** The functions and webhooks, as `npm run dev` starts them. */
  readonly working?: (serving: Serving) => Promise<Result | undefined>
  /** After them: nothing runs again. */
  readonly after?: () => Promise<Result | undefined>
}

export interface Measurement {
  readonly name: string
  /** A line of the help. */
  readonly about: string
  /** Only where it is named, as it needs more than this machine has. */
  readonly isApart?: true
  /** `sized` is a number of Tasks or the like, as the scale has it. */
  readonly of: (rig: Rig, sized: (count: number) => number, scale: number) => Parts
}

/** The same work with no controller first. The CRDs are there since the rig was warmed up. */
const besideFloor = <Floor>(
  floorOf: () => Promise<Floor>,
  measure: (serving: Serving, floor: Floor | undefined) => Promise<Result>,
): Parts => {
  let floor: Floor | undefined
  return {
    bare: async () => {
      floor = await floorOf()
      return undefined
    },
    working: (serving) => measure(serving, floor),
  }
}

const admission = (rig: Rig, sized: (count: number) => number): Parts => {
  let unjudged: Creates = new Map()
  return {
    bare: async () => {
      const result = await measureReviews(sized(20_000))
      unjudged = await timeCreates(rig, sized(400))
      return result
    },
    working: () => measureAdmission(rig, sized(400), unjudged),
  }
}

const containers = (rig: Rig, sized: (count: number) => number): Parts => ({
  bare: async () => {
    const container = await startContainer(rig)
    try {
      return await measureContainer(rig, container, sized(2_000))
    } finally {
      await container.stop()
    }
  },
})

const quiet = (rig: Rig, scale: number): Parts => {
  let world: Awaited<ReturnType<typeof openSettledWorld>> | undefined
  return {
    working: async () => {
      world = await openSettledWorld(rig)
      return undefined
    },
    after: async () => {
      const sweeping = await rig.startFunctions(1)
      const result = await measureSettled(rig, Math.max(5, Math.round(15 * scale)))
      await sweeping.stop()
      await world?.close()
      return result
    },
  }
}

/** In the order in which they are made: those that leave much behind come last. */
export const measurements: readonly Measurement[] = [
  {
    name: 'M1',
    about: '2,000 Tasks on 20 Agents: Tasks/s, and the floor without any controller in the same run',
    of: (rig, sized) =>
      besideFloor(
        () => floorOfThroughput(rig, sized(2_000)),
        ({ functions }, floor) => measureThroughput(rig, functions(), sized(2_000), floor),
      ),
  },
  {
    name: 'M2',
    about: 'apply → Pod at 10 Tasks/s, 200 Tasks',
    of: (rig, sized) =>
      besideFloor(
        () => floorOfStart(rig, sized(200), tenASecond),
        (_, floor) => measureStart(rig, sized(200), floor),
      ),
  },
  {
    name: 'M10',
    about: 'requests per Task by the audit log, 50 Tasks without limits and with',
    of: (rig, sized) => ({ working: () => measureWrites(rig, sized(50)) }),
  },
  {
    name: 'M3',
    about: 'slot free → next Pod with limit 1, 200 Tasks of 200 ms; order, most Pods at once (M5)',
    of: (rig, sized) =>
      besideFloor(
        async () => gapsOf(await floorOfQueue(rig, sized(200), oneByOne)),
        (_, floor) => measureQueue(rig, sized(200), floor),
      ),
  },
  {
    name: 'M4',
    about: 'drain 300 Tasks of 300 ms with limit 3; order, most Pods at once (M5)',
    of: (rig, sized) =>
      besideFloor(
        async () => drainSeconds(await floorOfQueue(rig, sized(300), threeAtOnce)),
        (_, floor) => measureDrain(rig, sized(300), floor),
      ),
  },
  {
    name: 'M6',
    about: 'quota window opens → start, with the functions running and restarted; two minutes',
    of: (rig) => ({ working: ({ restart }) => measureQuota(rig, restart) }),
  },
  {
    name: 'M7',
    about: 'standby Agent: Task → resumed, server ready → Pod, 20 Tasks',
    of: (rig, sized) => ({ working: () => measureStandby(rig, sized(20)) }),
  },
  {
    name: 'M11',
    about: 'webhooks in process: 20,000 reviews, one after another; what they add to a create, 1, 10 and 50 in flight',
    of: admission,
  },
  { name: 'M12', about: "the container's bundle under the work of M1: Tasks/s and its memory", of: containers },
  {
    name: 'M13',
    about:
      'one Agent whose server takes connections and answers nothing: what 50 others at 10 Tasks/s notice, 200 Tasks',
    of: (rig, sized) => ({ working: () => measureSwallowing(rig, sized(200)) }),
  },
  {
    name: 'M8',
    about: '2,000 CronTasks due in the same minute: how late, lost, doubled, writes per fire',
    of: (rig, sized) =>
      besideFloor(
        () => floorOfFires(rig, sized(2_000)),
        (_, floor) => measureFires(rig, sized(2_000), floor),
      ),
  },
  {
    name: 'M9',
    about: '10,000 CronTasks of which none is due: a tick; half of them: a sweep',
    of: (rig, sized) => ({ working: () => measureSchedules(rig, sized(10_000)) }),
  },
  {
    name: 'pepr',
    about: 'what our webhooks and Pepr add to a create with the same rules; only if named, as Pepr is installed for it',
    isApart: true,
    of: (rig, sized) => ({ bare: () => measureFrameworks(rig, sized(400)) }),
  },
  {
    name: 'costs',
    about: 'processor time of apiserver and etcd for one request of each kind, 500 of each; only if named',
    isApart: true,
    of: (rig, sized) => ({
      bare: () => measureRequests(rig, sized(500)),
      working: () => measureJudgedRequests(rig, sized(500)),
    }),
  },
  {
    name: 'growth',
    about: 'the same Tasks beside 1, 4 and 16 times as much that has nothing to do with them',
    of: (rig, sized) => ({ working: ({ functions }) => measureGrowth(rig, functions(), sized(100)) }),
  },
  {
    name: 'quiet',
    about: 'writes in a settled world over 15 s, a sweep every second',
    of: (rig, _, scale) => quiet(rig, scale),
  },
  {
    name: 'done',
    about: '5,000 finished Tasks: a tick of which none is due, and a look that finds half of them too many',
    of: (rig, sized) => ({ after: () => measureFinished(rig, sized(5_000)) }),
  },
]
