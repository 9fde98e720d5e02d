import { annotations } from '../../../crds/names.ts'
import { timestamp } from '../../../shared/conditions.ts'
import type { Look, Scenario, Step } from '../scenario.ts'
import { account, agent, all, apply, edit, isAgent, isTask, isThere, task } from './objects.ts'

const sleepy = (spec: Readonly<Record<string, unknown>> = {}) => agent({ standby: { idleTimeout: '2m' }, ...spec })

const suspendedBy = ({ read }: Look): string | undefined =>
  read('Agent', 'coder')?.metadata.annotations?.[annotations.suspendedBy]

/** Scaled to zero, and the mark says by whom. */
const isAsleep =
  (by: 'standby' | undefined) =>
  (look: Look): boolean =>
    isAgent('Suspended')(look) &&
    look.read('Agent', 'coder')?.status?.observedGeneration === look.read('Agent', 'coder')?.metadata.generation &&
    suspendedBy(look) === by &&
    look.read('Deployment', 'coder-server')?.status?.readyReplicas === 0

/** A terminal says once a minute that it is open, until it has what it waits for. */
const connect = (when: Step['when'], afterSeconds = 0): Step => ({
  name: 'open a terminal',
  when,
  act: ({ patch, read, wall, later }) => {
    const beat = (): void => {
      const active = timestamp(new Date(wall()))
      patch('Agent', 'coder', { metadata: { annotations: { [annotations.lastConnectionActive]: active } } })
      later(60, () => {
        if (read('Agent', 'coder')?.status?.phase !== 'Ready') beat()
      })
    }
    beat()
  },
  afterSeconds,
})

const done = (...names: string[]) => all(...names.map((name) => isTask(name, 'Completed', 'Completed')))

export const standbyScenarios: readonly Scenario[] = [
  { name: 'standby-falls-asleep', objects: [account, sleepy()], isDone: isAsleep('standby') },
  {
    name: 'standby-wakes-for-a-task',
    objects: [account, sleepy()],
    people: [apply(task(), isAsleep('standby'), 5)],
    isDone: all(done('job'), isAsleep('standby')),
  },
  {
    name: 'standby-wakes-for-many-at-once',
    objects: [account, sleepy({ maxConcurrentTasks: 2 })],
    people: [
      { ...apply(task('job-1'), isAsleep('standby')), mayHaste: isThere('Agent', 'coder') },
      apply(task('job-2'), isThere('Task', 'job-1')),
      apply(task('job-3'), isThere('Task', 'job-2')),
      connect(isThere('Task', 'job-3')),
    ],
    isDone: all(done('job-1', 'job-2', 'job-3'), isAsleep('standby')),
  },
  {
    name: 'standby-wakes-for-a-terminal',
    objects: [account, sleepy()],
    people: [connect(isAsleep('standby'), 5), { name: 'the terminal works', when: isAgent('Ready'), act: () => {} }],
    isDone: isAsleep('standby'),
  },
  {
    name: 'standby-ended-by-a-person',
    objects: [account, sleepy()],
    people: [edit('Agent', 'coder', isAsleep('standby'), { spec: { standby: null } })],
    isDone: isAgent('Ready'),
  },
  {
    name: 'standby-suspended-by-a-person',
    objects: [account, sleepy(), task('job-1')],
    people: [
      { ...edit('Agent', 'coder', isTask('job-1', 'Completed'), { spec: { suspend: true } }), mayHaste: () => false },
      apply(task('job-2'), isAsleep(undefined), 5),
    ],
    isDone: all(done('job-1', 'job-2'), isAsleep('standby')),
  },
]
