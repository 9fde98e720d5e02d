import type { Scenario } from '../scenario.ts'
import { account, agent, isIdle, lives, task } from './objects.ts'

const twoDigits = (number: number): string => String(number).padStart(2, '0')

/** Many Tasks at once before an Agent that lets few of them in. */
const crowd = (tasks: number, limit: number, weight = 1): Scenario => ({
  name: `crowd-of-${tasks}-limit-${limit}`,
  weight,
  objects: [
    account,
    agent({ maxConcurrentTasks: limit }),
    ...Array.from({ length: tasks }, (_, index) => task(`job-${twoDigits(index)}`)),
  ],
  lifeOf: lives({ startSeconds: 0.2, runSeconds: 1 }),
  isDone: (look) => {
    const all = look.all('Task')
    return all.length === tasks && all.every(({ status }) => status?.phase === 'Completed') && isIdle(look)
  },
})

export const crowdScenarios: readonly Scenario[] = [crowd(12, 1, 0.5), crowd(24, 3, 0.25), crowd(40, 10, 0.25)]
