import { describe, expect, test } from 'vitest'
import type { TaskSession } from '../../crds/task.ts'
import type { Measure } from '../../shared/measures.ts'
import { ended, ownedBy, pod, running, theTask } from '../../test/builders/pod.ts'
import { missing, taskSight, templateTarget } from '../../test/builders/sight.ts'
import { fromTemplate, started, stopRequested, task, withPhase, withSpec } from '../../test/builders/task.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { at, now } from '../../test/builders/time.ts'
import { decideTask } from './decide.ts'
import { measureTask } from './measure.ts'
import type { TaskSight } from './sight.ts'

const made = withMetadata({ creationTimestamp: at(-42) })
const session: TaskSession = { id: 'ses_1', summary: { cost: '0.25', tokenUsage: { input: 1000, output: 50 } } }

interface Case {
  readonly name: string
  readonly seen: Partial<TaskSight>
  readonly want: readonly Measure[]
}

/** What decide plans is measured, so that the two stay together. */
describe('a Task', () => {
  const cases: readonly Case[] = [
    {
      name: 'that gets its Pod has waited since it was made',
      seen: { parent: task(made) },
      want: [{ name: 'taskStarted', target: 'agent', waitSeconds: 42 }],
    },
    {
      name: 'of a template, too',
      seen: { parent: task(made, fromTemplate), target: templateTarget() },
      want: [{ name: 'taskStarted', target: 'template', waitSeconds: 42 }],
    },
    {
      name: 'that succeeds tells what its session used',
      seen: {
        parent: task(started(90)),
        pod: pod(ownedBy(theTask), ended(0)),
        session: { session },
      },
      want: [
        { name: 'taskFinished', phase: 'Completed', reason: 'Completed', runSeconds: 90, summary: session.summary! },
      ],
    },
    {
      name: 'that fails tells why',
      seen: { parent: task(started(90)) },
      want: [{ name: 'taskFinished', phase: 'Failed', reason: 'PodLost', runSeconds: 90 }],
    },
    {
      name: 'that is stopped before it began has run for no time',
      seen: { parent: task(withPhase('Queued'), stopRequested) },
      want: [{ name: 'taskFinished', phase: 'Completed', reason: 'UserStopped' }],
    },
    {
      name: 'that overran its timeout was stopped',
      seen: { parent: task(started(61), withSpec({ timeout: '1m' })), pod: pod(ownedBy(theTask), running) },
      want: [{ name: 'taskFinished', phase: 'Completed', reason: 'Timeout', runSeconds: 61 }],
    },
    { name: 'at work is no news', seen: { parent: task(started(5)), pod: pod(ownedBy(theTask), running) }, want: [] },
    { name: 'that has ended is counted no more', seen: { parent: task(withPhase('Failed')) }, want: [] },
    { name: 'that waits for what it names', seen: { parent: task(made), target: missing() }, want: [] },
    { name: 'that is being deleted', seen: { parent: task(deleted(at(-1))) }, want: [] },
  ]
  test.each(cases)('$name', ({ seen, want }) => {
    const sight = taskSight(seen)
    expect(measureTask(sight, decideTask(sight, now), now)).toEqual(want)
  })
})
