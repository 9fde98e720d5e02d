import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { agent, ready, withAgentCondition, withAgentSpec, withAgentStatus } from '../../test/builders/agent.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { started, stopRequested, task, withCondition, withPhase } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { awakeUntil, keepingServer, standbyChange } from './standby.ts'

const standby = withAgentSpec({ standby: { idleTimeout: '30m' } })
const suspended = withAgentSpec({ suspend: true })
const annotated = (annotations: Record<string, string>) => withMetadata({ annotations })
const inStandby = annotated({ 'kubeopencode.io/suspended-by': 'standby' })
const connected = (seconds: number) => annotated({ 'kubeopencode.io/last-connection-active': at(seconds) })
const idle = (seconds: number) => withAgentStatus({ idleSince: at(-seconds) })
/** The suspension is known since `seconds` ago. */
const known = (seconds: number) => (one: Agent) => {
  const [condition, ...others] = withAgentCondition('Suspended', 'True', 'UserRequested')(one).status?.conditions ?? []
  return {
    ...one,
    status: { ...one.status, conditions: [{ ...condition!, lastTransitionTime: at(-seconds) }, ...others] },
  }
}
const both = annotated({
  'kubeopencode.io/suspended-by': 'standby',
  'kubeopencode.io/last-connection-active': at(-60),
})

/** A Task that came `seconds` ago. */
const came = (seconds: number) => task(withMetadata({ creationTimestamp: at(-seconds) }))
const queued = (reason: string) => task(withPhase('Queued'), withCondition('Queued', 'True', reason))

const suspends = {
  spec: { suspend: true },
  metadata: { annotations: { 'kubeopencode.io/suspended-by': 'standby' } },
}
const resumes = { spec: { suspend: false } }
const ends = { metadata: { annotations: { 'kubeopencode.io/suspended-by': null } } }

describe('standbyChange', () => {
  interface Case {
    readonly name: string
    readonly agent: Agent
    readonly tasks?: readonly Task[]
    readonly want: object | undefined
  }
  const cases: readonly Case[] = [
    { name: 'idle for its time: suspended', agent: agent(ready, standby, idle(1800)), want: suspends },
    { name: 'a second before: left alone', agent: agent(ready, standby, idle(1799)), want: undefined },
    { name: 'not known to be idle: left alone', agent: agent(ready, standby), want: undefined },
    { name: 'without standby, however idle: left alone', agent: agent(ready, idle(86_400)), want: undefined },
    {
      name: 'with a Task of any state: left alone',
      agent: agent(ready, standby, idle(1800)),
      tasks: [task(withPhase('Pending'))],
      want: undefined,
    },
    {
      name: 'a terminal within the time keeps it awake',
      agent: agent(ready, standby, idle(7200), connected(-1799)),
      want: undefined,
    },
    { name: 'one before that does not', agent: agent(ready, standby, idle(7200), connected(-1800)), want: suspends },
    {
      name: 'a time far ahead is none',
      agent: agent(ready, standby, idle(7200), connected(3600)),
      want: suspends,
    },
    {
      name: 'a text that is no time is none',
      agent: agent(ready, standby, idle(7200), annotated({ 'kubeopencode.io/last-connection-active': 'yes; rm -rf' })),
      want: suspends,
    },
    {
      name: 'a server that does not get ready is put to sleep too',
      agent: agent(standby, idle(1800)),
      want: suspends,
    },

    {
      name: 'in standby, a Task comes: resumed, and the mark goes',
      agent: agent(standby, suspended, inStandby, known(60)),
      tasks: [task()],
      want: { ...resumes, ...ends },
    },
    {
      name: 'in standby, a Task that came before the look: resumed',
      agent: agent(standby, suspended, inStandby, known(60)),
      tasks: [came(3600)],
      want: { ...resumes, ...ends },
    },
    {
      name: 'in standby, a Task that began in the same moment: resumed',
      agent: agent(ready, standby, suspended, inStandby),
      tasks: [task(started(0))],
      want: { ...resumes, ...ends },
    },
    { name: 'in standby and nothing to do: left alone', agent: agent(standby, suspended, inStandby), want: undefined },
    {
      name: 'in standby, a terminal: resumed',
      agent: agent(standby, suspended, both, known(90)),
      want: { ...resumes, ...ends },
    },
    {
      name: 'in standby, the terminal of long ago: left alone',
      agent: agent(standby, suspended, inStandby, (one) =>
        annotated({ ...one.metadata.annotations, 'kubeopencode.io/last-connection-active': at(-1800) })(one),
      ),
      want: undefined,
    },
    {
      name: 'in standby, and standby is taken out of the spec: resumed',
      agent: agent(suspended, inStandby),
      want: { ...resumes, ...ends },
    },

    { name: 'by a person, without standby: left alone', agent: agent(suspended), tasks: [task()], want: undefined },
    {
      name: 'by a person, a Task that came after: resumed',
      agent: agent(standby, suspended, known(60)),
      tasks: [came(30)],
      want: resumes,
    },
    {
      name: 'by a person, a Task that came before: left alone',
      agent: agent(standby, suspended, known(60)),
      tasks: [came(90)],
      want: undefined,
    },
    {
      name: 'by a person, just seen, one that waited for a slot: left alone',
      agent: agent(ready, standby, suspended),
      tasks: [queued('AgentAtCapacity')],
      want: undefined,
    },
    {
      name: 'by a person, just seen, one that has met the suspension: resumed',
      agent: agent(ready, standby, suspended),
      tasks: [queued('AgentSuspended')],
      want: resumes,
    },
    {
      name: 'by a person, one that runs: left alone',
      agent: agent(ready, standby, suspended),
      tasks: [task(started(30))],
      want: undefined,
    },
    {
      name: 'by a person, one that is to be stopped or goes: left alone',
      agent: agent(standby, suspended, known(60)),
      tasks: [task(withMetadata({ creationTimestamp: at(0) }), stopRequested), task(deleted(at(0)))],
      want: undefined,
    },
    {
      name: 'by a person, a terminal after it: resumed',
      agent: agent(standby, suspended, known(60), connected(-30)),
      want: resumes,
    },
    {
      name: 'by a person, a terminal before it: left alone',
      agent: agent(standby, suspended, known(60), connected(-60)),
      want: undefined,
    },
    { name: 'a mark that outlived the suspension goes', agent: agent(ready, inStandby), want: ends },
  ]
  test.each(cases)('$name', ({ agent: one, tasks = [], want }) => expect(standbyChange(one, tasks, now)).toEqual(want))
})

test('after a resume the time begins anew', () => {
  const one = agent(ready, standby, idle(10))
  expect(awakeUntil(one, one.status!.idleSince!, now) - now.getTime()).toBe(1790_000)
})

describe('keepingServer: who a suspended Agent keeps its server for', () => {
  const cases = [
    { name: 'one that runs', agent: agent(suspended), tasks: [task(started(5))], want: 1 },
    { name: 'one that nobody has looked at, and may be about to begin', agent: agent(ready), tasks: [task()], want: 1 },
    { name: 'not one that comes later', agent: agent(withAgentStatus({ ready: false })), tasks: [task()], want: 0 },
    { name: 'not one that waits', agent: agent(ready), tasks: [queued('AgentSuspended')], want: 0 },
  ]
  test.each(cases)('$name', ({ agent: one, tasks, want }) => expect(keepingServer(one, tasks)).toHaveLength(want))
})
