import type { Scenario } from '../scenario.ts'
import { account, agent, isIdle, lives, task } from './objects.ts'

const digits = (number: number): string => String(number).padStart(4, '0')

/** Many Tasks at once before an Agent that lets few of them in. */
export const crowd = (tasks: number, limit: number, weight = 1): Scenario => ({
  name: `crowd-of-${tasks}-limit-${limit}`,
  weight,
  objects: [
    account,
    agent({ maxConcurrentTasks: limit }),
    ...Array.from({ length: tasks }, (_, index) => task(`job-${digits(index)}`)),
  ],
  lifeOf: lives({ startSeconds: 0.2, runSeconds: 1 }),
  isDone: (look) => {
    const all = look.all('Task')
    return all.length === tasks && all.every(({ status }) => status?.phase === 'Completed') && isIdle(look)
  },
})

export const crowdScenarios: readonly Scenario[] = [
  crowd(12, 1, 0.5),
  crowd(24, 3, 0.25),
  crowd(40, 10, 0.25),
  { ...crowd(1000, 1, 0), races: [2, 4, 8] },
  { ...crowd(1000, 3, 0), races: [4, 8, 2] },
  { ...crowd(1000, 10, 0), races: [8, 2, 4] },
]
