import { describe, expect, test } from 'vitest'
import { agent } from '../../test/builders/agent.ts'
import { task } from '../../test/builders/task.ts'
import type { Condition, Task } from '../api/types.ts'
import { filterOf, filterTasks, selector } from './filters.ts'
import { usageOf } from './money.ts'
import { timelineOf, troubleOf, whyOf } from './why.ts'

const made = (
  name: string,
  phase: NonNullable<Task['status']>['phase'] | undefined,
  more: Partial<Task> = {},
): Task => {
  const { metadata, ...one } = task()
  const { status: _, ...bare } = one
  return {
    ...bare,
    ...(phase && { status: { phase } }),
    ...more,
    metadata: { ...metadata, ...more.metadata, name },
  }
}

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: `${reason} it is`,
  lastTransitionTime: '2026-06-01T12:00:00Z',
})

describe('the filters of Tasks', () => {
  const tasks = [
    made('new', undefined),
    made('queued', 'Queued'),
    made('done', 'Completed', { metadata: { name: '', labels: { team: 'web', env: 'prod' } } }),
  ]
  const names = (query: string): string[] =>
    filterTasks(tasks, filterOf(new URLSearchParams(query))).map(({ metadata }) => metadata.name)
  test.each([
    ['', ['new', 'queued', 'done']],
    ['phase=waiting', ['new', 'queued']],
    ['phase=Completed', ['done']],
    ['label=team%3Dweb,env!%3Dtest', ['done']],
    ['q=QUE', ['queued']],
    ['q=que+done', []],
    ['agent=nobody', []],
  ])('?%s', (query, want) => expect(names(query)).toEqual(want))
})

test.each([
  ['team=web', true],
  ['team==web', true],
  ['team!=web', false],
  ['other!=web', true],
  ['team', true],
  ['!team', false],
  ['!other', true],
  ['team=web,other', false],
  [' , ', true],
])('the label selector %s', (text, want) => expect(selector(text)({ team: 'web' })).toBe(want))

describe('why', () => {
  test('a queued Task says what it waits for, and not what held before', () => {
    const conditions = [condition('Ready', 'False', 'PodPending'), condition('Queued', 'True', 'AgentAtCapacity')]
    expect(whyOf(made('a', 'Queued', { status: { phase: 'Queued', conditions } }))?.reason).toBe('AgentAtCapacity')
    expect(whyOf(made('a', 'Running', { status: { phase: 'Running', conditions } }))?.reason).toBe('PodPending')
    expect(whyOf(made('a', 'Completed', { status: { phase: 'Completed', conditions } }))).toBeUndefined()
  })

  test.each([
    ['Ready', 'True', undefined],
    ['DeploymentNotReady', 'False', undefined],
    ['ObjectsPending', 'False', 'ObjectsPending'],
    ['InvalidContext', 'False', 'InvalidContext'],
  ] as const)('%s is trouble of an Agent, or not', (reason, status, trouble) => {
    const conditions = [condition('Ready', status, reason)]
    expect(troubleOf({ ...agent(), status: { conditions } })?.reason).toBe(trouble)
  })

  test('the way of a Task has a moment where it is now', () => {
    const states = (one: Task): string[] => timelineOf(one).map(({ label, state }) => `${label} ${state}`)
    const startTime = '2026-06-01T12:00:00Z'
    expect(states(made('a', undefined))).toEqual(['Created now', 'Running ahead', 'Completed ahead'])
    expect(states(made('a', 'Queued'))).toContain('Queued now')
    expect(states(made('a', 'Running', { status: { phase: 'Running', startTime } }))).toContain('Running now')
    expect(states(made('a', 'Failed'))).toEqual(['Created done', 'Running ahead', 'Failed failed'])
    const conditions = [condition('Stopped', 'True', 'UserStopped')]
    expect(states(made('a', 'Completed', { status: { phase: 'Completed', startTime, conditions } })).at(-1)).toBe(
      'Stopped done',
    )
  })
})

test('what Tasks have used is the sum of what their sessions tell', () => {
  const status = { session: { id: 's', summary: { cost: '0.25', tokenUsage: { input: 10, output: 5, cache: 99 } } } }
  expect(usageOf([made('a', undefined, { status }), made('b', undefined, { status }), made('c', 'Running')])).toEqual({
    cost: 0.5,
    tokens: 30,
  })
})
