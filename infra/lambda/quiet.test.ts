import { expect, test } from 'vitest'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import type { FunctionRow } from '../../functions/table.ts'
import { TerminalError, UnreachableError } from '../../shared/errors.ts'
import type { LogFields } from '../../shared/ports.ts'
import { inTrace } from '../../shared/trace.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import { createOutage, outageText } from '../outage.ts'
import type { QueueWorld } from './reconcile.ts'
import { reconcileHandler } from './reconcile.ts'
import { scheduleHandler } from './schedule.ts'

const minute = 60_000

/** An hour of an apiserver that is away, and then some. */
const played = () => {
  const deps = recordedDeps(memoryCluster())
  const lines: string[] = []
  const say = (message: string, { traceId }: LogFields = {}) =>
    void lines.push(traceId === undefined ? message : `${message}, of ${String(traceId)}`)
  let failure: Error | undefined = new UnreachableError('the apiserver did not answer GET /')
  let looks = 0
  const fails = () => {
    looks += 1
    if (failure) throw failure
  }
  const row: FunctionRow = {
    kind: 'Task',
    rights: [],
    deliver: async () => {
      fails()
      return { writes: 0 }
    },
    due: async function* due() {
      fails()
      yield []
    },
  }
  const log = { debug: () => {}, info: say, warn: say, error: say }
  const world: QueueWorld = {
    rows: [row],
    deps: { ...deps, log },
    outage: createOutage(log, () => deps.time.getTime()),
    postpone: async () => {},
  }
  const hint = { key: { kind: 'Task', namespace: 'team', name: 'fix' } } as const
  const body = JSON.stringify(cloudEventOf(hint, { id: '1', source: 'https://a/', now: deps.time }))
  const records = {
    Records: [{ messageId: 'm1', receiptHandle: 'r1', attributes: { ApproximateReceiveCount: '1' }, body }],
  } as unknown as Parameters<ReturnType<typeof reconcileHandler>>[0]
  return {
    lines,
    looks: () => looks,
    tick: () => scheduleHandler(async () => world)({ schedule: 'tick' }),
    look: () => reconcileHandler(async () => world)(records),
    pass: (ms: number) => (deps.time = new Date(deps.time.getTime() + ms)),
    becomes: (next: Error | undefined) => (failure = next),
  }
}

test('an apiserver that is away for an hour is two lines; each message comes back, and the next tick heals', async () => {
  const { lines, looks, tick, look, pass, becomes } = played()
  for (let minutes = 0; minutes < 60; minutes += 1) {
    expect(await tick()).toEqual({ asked: 0 })
    expect(await look()).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    pass(minute)
  }
  // One look each: nothing waits in a function for what is away.
  expect(looks()).toBe(120)
  expect(lines).toEqual([outageText.begins])
  becomes(undefined)
  expect(await look()).toEqual({ batchItemFailures: [] })
  await tick()
  expect(lines).toEqual([outageText.begins, outageText.ends])
})

test('a failure of one object is said with its key, and one of the schedule is an error of its function', async () => {
  const { lines, tick, look, becomes } = played()
  becomes(inTrace(new TerminalError('Invalid', 'no such field'), 'abc') as Error)
  await look()
  expect(lines).toEqual(['will try again, of abc'])
  await expect(tick()).rejects.toThrow()
})
