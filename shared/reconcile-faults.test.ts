import { beforeEach, describe, expect, test } from 'vitest'
import { recordedDeps } from '../test/builders/deps.ts'
import { memoryCluster } from '../test/builders/memory-cluster.ts'
import { task } from '../test/builders/task.ts'
import { later } from '../test/builders/time.ts'
import type { Sight } from '../test/builders/planned.ts'
import { child, key, planned, podRef, ref, server, world } from '../test/builders/planned.ts'
import { HinderedError, RetryableError, TerminalError } from './errors.ts'
import type { Cause, Hint } from './hint.ts'
import type { Plan } from './plan.ts'
import type { Reconciler } from './reconcile.ts'
import { reconcile } from './reconcile.ts'

describe('what goes wrong', () => {
  const refusal = new TerminalError('Forbidden', 'cannot create Pod default/second: violates PodSecurity')
  const busy = new RetryableError('busy', { retryAfterSeconds: 7 })
  const starting: Plan = {
    create: [child('ConfigMap', 'first'), child('Pod', 'second')],
    status: { phase: 'Running' },
    wake: [{ kind: 'Agent', namespace: 'default', name: 'coder' }],
  }

  test('a refusal ends in the plan for it, and no later step is taken', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? refusal : undefined)
    const outcome = await reconcile(planned(starting, { status: { phase: 'Failed' }, againSeconds: 9 }), { key }, deps)
    expect(deps.cluster.writes).toEqual([
      'create ConfigMap default/first',
      'create Pod default/second',
      'status Task default/job',
    ])
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Failed' })
    expect(deps.published).toEqual([])
    expect(outcome.againSeconds).toBe(9)
    expect(deps.warnings).toEqual(['the apiserver refused a change'])
  })

  test('what others hinder ends in the plan for that, is tried again soon, and is not called a refusal', async () => {
    const debug: string[] = []
    const recorded = world()
    const deps = { ...recorded, log: { ...recorded.log, debug: (message: string) => void debug.push(message) } }
    deps.cluster.refuse = (write) => (write.includes('Pod') ? new HinderedError('exceeded quota') : undefined)
    const hindered = { ...planned(starting), hindered: () => ({ status: { phase: 'Pending' } }) }
    expect((await reconcile(hindered, { key }, deps)).againSeconds).toBe(15)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Pending' })
    expect([debug, deps.warnings]).toEqual([['a change is hindered and is tried again'], []])
  })

  test('what time may mend goes back to the bus, as it is', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? busy : undefined)
    await expect(reconcile(planned(starting), { key }, deps)).rejects.toBe(busy)
    expect((await deps.cluster.get(ref))?.status).toBeUndefined()
  })

  describe('an object of that name which is there already means: look again', () => {
    const cause: Cause = { ref, operation: 'CREATE' }
    const starting: Plan = { create: [child('Pod', 'second')], status: { phase: 'Running' } }
    const asked: Hint[] = []
    const watching = (plans: readonly Plan[]): Reconciler<Sight> => ({
      ...planned({}),
      gather: async (senses, gathered) => {
        asked.push(senses.hint)
        return planned({}).gather(senses, gathered)
      },
      decide: () => plans[asked.length - 1] ?? {},
    })
    beforeEach(() => void asked.splice(0))

    test('at once, and at everything', async () => {
      const deps = world(child('Pod', 'second'))
      await reconcile(watching([starting, { status: { phase: 'Failed' } }]), { key, cause }, deps)
      expect(asked).toEqual([{ key, cause }, { key }])
      expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Failed' })
    })

    test('and no more than that', async () => {
      const deps = world(child('Pod', 'second'))
      await expect(reconcile(watching([starting, starting, starting]), { key, cause }, deps)).rejects.toThrow(
        'Pod default/second was created by another at the same time',
      )
      expect(asked).toHaveLength(2)
      expect(deps.cluster.writes).not.toContain('status Task default/job')
    })
  })

  describe('a process that was frozen between its look and its writes', () => {
    const cases = [
      { name: 'goes on where it was short', seconds: 10, isCarriedOut: true },
      {
        name: 'looks again where it was long: what it would make may have come and gone',
        seconds: 11,
        isCarriedOut: false,
      },
    ]
    const plans: Record<string, Plan> = {
      create: { create: [child('Pod', 'second')] },
      apply: { apply: [child('Service', 'applied')] },
      remove: { remove: [{ ref: podRef, uid: 'old-uid' }] },
    }
    for (const [step, plan] of Object.entries(plans))
      test.each(cases)(`${step}: $name`, async ({ seconds, isCarriedOut }) => {
        const deps = world()
        const right = planned(plan)
        const frozen: Reconciler<Sight> = {
          ...right,
          decide: (sight, when) => {
            deps.time = later(seconds)
            return right.decide(sight, when)
          },
        }
        const outcome = reconcile(frozen, { key }, deps)
        if (isCarriedOut) await outcome
        else await expect(outcome).rejects.toThrow('Task default/job was read 11 s ago and is looked at again')
        expect(deps.cluster.writes).toHaveLength(isCarriedOut ? 1 : 0)
      })
  })

  test('a parent that has changed since it was read is not written over', async () => {
    const deps = world()
    const reconciler = planned({ status: { phase: 'Running' } })
    const late: Reconciler<Sight> = {
      ...reconciler,
      decide: (sight, when) => {
        deps.cluster.put(task((one) => ({ ...one, spec: { ...one.spec, description: 'changed' } })))
        return reconciler.decide(sight, when)
      },
    }
    await expect(reconcile(late, { key }, deps)).rejects.toBeInstanceOf(RetryableError)
    expect((await deps.cluster.get(ref))?.status).toBeUndefined()
  })

  test('one child that fails does not stop its siblings, and each failure is told', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (/apply .*\/(a|c)$/.test(write) ? new RetryableError(`no ${write}`) : undefined)
    const plan: Plan = { apply: [child('Service', 'a'), child('Service', 'b'), child('Service', 'c')] }
    await expect(reconcile(planned(plan), { key }, deps)).rejects.toThrow(
      'no apply Service default/a; no apply Service default/c',
    )
    expect(await deps.cluster.get({ kind: 'Service', namespace: 'default', name: 'b' })).toBeDefined()
  })

  test('a refusal beside a busy apiserver is tried again', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.endsWith('/a') ? refusal : write.endsWith('/b') ? busy : undefined)
    const plan: Plan = { apply: [child('Service', 'a'), child('Service', 'b')] }
    await expect(reconcile(planned(plan, { status: { phase: 'Failed' } }), { key }, deps)).rejects.toBeInstanceOf(
      AggregateError,
    )
  })

  test('an Event that cannot be written repeats nothing', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Event') ? refusal : undefined)
    const events: Plan['events'] = [{ type: 'Normal', reason: 'Queued', action: 'QueueTask', message: 'waits' }]
    await reconcile(planned({ status: { phase: 'Queued' }, events }), { key }, deps)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Queued' })
    expect(deps.warnings).toEqual(['an Event could not be written'])
  })

  test('a server that does not answer keeps no Task alive', async () => {
    const deps = recordedDeps(memoryCluster(task()), { abort: async () => false })
    await reconcile(planned({ abort: [{ server, title: 'x' }], status: { phase: 'Completed' } }), { key }, deps)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Completed' })
    expect(deps.warnings).toEqual(['the session could not be ended on its server'])
  })

  test('a bug is no refusal', async () => {
    const reconciler = planned({})
    const broken: Reconciler<Sight> = {
      ...reconciler,
      decide: () => {
        throw new TypeError('x is undefined')
      },
    }
    await expect(reconcile(broken, { key }, world())).rejects.toThrow('x is undefined')
  })
})
