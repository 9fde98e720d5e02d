import { expect, test } from 'vitest'
import type { Plan } from '../../shared/plan.ts'
import type { Told } from './told.ts'
import { messageOf, told } from './told.ts'

export interface PlanCase<Sight> {
  readonly name: string
  readonly sight: Sight
  /** The whole plan: what is absent here is absent there. */
  readonly want: Told
  /** Type of a condition, and what its message must say. */
  readonly says?: readonly [type: string, message: string | RegExp]
}

/** Of each sight, what is decided. */
export const planTable =
  <Sight>(decide: (sight: Sight) => Plan) =>
  (cases: readonly PlanCase<Sight>[]) =>
    test.each(cases)('$name', ({ sight, want, says }) => {
      const plan = decide(sight)
      expect(told(plan)).toEqual(want)
      if (says) expect(messageOf(plan, says[0])).toMatch(says[1])
    })
