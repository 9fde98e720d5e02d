import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RetryableError, UnreachableError } from '../../shared/errors.ts'
import type { Cause, Hint } from '../../shared/hint.ts'
import { inTrace } from '../../shared/trace.ts'
import type { InProcessBus, InProcessOptions } from './in-process.ts'
import { createInProcessBus } from './in-process.ts'

beforeEach(() => {
  vi.useFakeTimers()
  // The middle of the jitter: delays are exactly what they are said to be.
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const hint = (name: string, more: Partial<Hint> = {}): Hint => ({
  key: { kind: 'Task', namespace: 'default', name },
  ...more,
})
const podOf = (name: string, resourceVersion = '1'): Cause => ({
  ref: { kind: 'Pod', namespace: 'default', name: `${name}-pod` },
  operation: 'UPDATE',
  resourceVersion,
})
const taskOf = (name: string): Cause => ({ ref: { kind: 'Task', namespace: 'default', name }, operation: 'CREATE' })

interface Delivery {
  readonly hint: Hint
  /** Ends it; with an error, or with the seconds after which to look again. */
  readonly end: (result?: number | Error) => Promise<void>
}

/** A bus whose deliveries the test ends by hand. */
const opened = (options: Partial<InProcessOptions> = {}) => {
  const begun: Delivery[] = []
  const warnings: string[] = []
  const quiet = () => {}
  const bus: InProcessBus = createInProcessBus({
    log: {
      debug: quiet,
      info: quiet,
      error: quiet,
      warn: (message, { traceId } = {}) =>
        void warnings.push(traceId === undefined ? message : `${message}, of ${traceId}`),
    },
    deliver: (one) =>
      new Promise((resolve, reject) => {
        begun.push({
          hint: one,
          end: async (result) => {
            if (result instanceof Error) reject(result)
            else resolve(result)
            await vi.advanceTimersByTimeAsync(0)
          },
        })
      }),
    ...options,
  })
  return {
    bus,
    begun,
    warnings,
    names: () => begun.map((delivery) => delivery.hint.key.name),
    /** Ends the newest delivery. */
    end: (result?: number | Error) => begun.at(-1)!.end(result),
    pass: (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds),
  }
}

describe('hints for one key', () => {
  test('are delivered at once, and forgotten when that is done', async () => {
    const { bus, begun, end } = opened()
    await bus.publish(hint('a'))
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a')])
    expect(bus.size()).toBe(1)
    await end()
    expect(bus.size()).toBe(0)
  })

  test('never run two at a time: what comes meanwhile is one more look afterwards', async () => {
    const { bus, begun, end } = opened()
    for (let times = 0; times < 5; times += 1) await bus.publish(hint('a'))
    expect(begun).toHaveLength(1)
    await end()
    expect(begun).toHaveLength(2)
    await end()
    expect(begun).toHaveLength(2)
    expect(bus.size()).toBe(0)
  })

  test('a look that fails while there is news is repeated at once', async () => {
    const { bus, begun, end } = opened()
    await bus.publish(hint('a'))
    await bus.publish(hint('a'))
    await end(new Error('conflict'))
    expect(begun).toHaveLength(2)
  })

  test('keys of two kinds or namespaces are two', async () => {
    const { bus, begun } = opened()
    await bus.publish(hint('a'))
    await bus.publish({ key: { kind: 'Agent', namespace: 'default', name: 'a' } })
    await bus.publish({ key: { kind: 'Task', namespace: 'other', name: 'a' } })
    expect(begun).toHaveLength(3)
  })
})

describe('no write that is still on its way is forgotten', () => {
  const causesOf = (begun: readonly Delivery[]) => begun.map((delivery) => delivery.hint.cause)

  test('a hint without a cause does not take the place of one that has one', async () => {
    const { bus, begun, end } = opened({ concurrency: 1 })
    await bus.publish(hint('first'))
    await bus.publish(hint('a', { cause: podOf('a') }))
    await bus.publish(hint('a'))
    await end()
    expect(causesOf(begun)).toEqual([undefined, podOf('a')])
    await end()
    expect(begun).toHaveLength(2)
  })

  test('two causes are two looks, because one may be visible long before the other', async () => {
    const { bus, begun, end } = opened({ concurrency: 1 })
    await bus.publish(hint('first'))
    await bus.publish(hint('a', { cause: podOf('a') }))
    await bus.publish(hint('a', { cause: taskOf('a') }))
    await end()
    await end()
    await end()
    expect(causesOf(begun)).toEqual([undefined, podOf('a'), taskOf('a')])
  })

  test('of one object the newer write counts', async () => {
    const { bus, begun, end } = opened({ concurrency: 1 })
    await bus.publish(hint('first'))
    await bus.publish(hint('a', { cause: podOf('a', '1') }))
    await bus.publish(hint('a', { cause: podOf('a', '2') }))
    await end()
    await end()
    expect(causesOf(begun)).toEqual([undefined, podOf('a', '2')])
  })

  test('the same while the key is worked on', async () => {
    const { bus, begun, end } = opened()
    await bus.publish(hint('a'))
    await bus.publish(hint('a', { cause: podOf('a') }))
    await bus.publish(hint('a'))
    await end()
    await end()
    expect(causesOf(begun)).toEqual([undefined, podOf('a')])
  })
})

/** What is delivered of what is published while another delivery is under way. */
const deliveredOf = async (published: readonly Hint[]): Promise<Hint[]> => {
  const { bus, begun, end } = opened({ concurrency: 1 })
  await bus.publish(hint('first'))
  for (const one of published) await bus.publish(one)
  await end()
  await end()
  return begun.slice(1).map((delivery) => delivery.hint)
}

describe('what a sweep asks for', () => {
  const swept = hint('a', { isSwept: true })
  const cases: { name: string; published: Hint[]; want: Hint[] }[] = [
    { name: 'is told to be of the sweep', published: [swept, swept], want: [swept] },
    { name: 'gives way to who asks later', published: [swept, hint('a')], want: [hint('a')] },
    { name: 'gives way to who asked before', published: [hint('a'), swept], want: [hint('a')] },
    {
      name: 'gives way to a write',
      published: [swept, hint('a', { cause: podOf('a') })],
      want: [hint('a', { cause: podOf('a') })],
    },
    { name: 'is no less for a turn', published: [swept, hint('a', { turn: 'ended' })], want: [hint('a')] },
  ]
  test.each(cases)('$name', async ({ published, want }) => {
    expect(await deliveredOf(published)).toEqual(want)
  })

  test('leaves room for who comes with a reason, and comes after them', async () => {
    const { bus, begun, names } = opened({ concurrency: 10 })
    for (let index = 0; index < 20; index += 1) await bus.publish(hint(`swept-${index}`, { isSwept: true }))
    expect(begun).toHaveLength(8)
    await bus.publish(hint('asked'))
    await bus.publish(hint('swept-19', { cause: podOf('swept-19') }))
    await bus.publish(hint('late'))
    expect(names().slice(8)).toEqual(['asked', 'swept-19'])
    await begun[0]!.end()
    expect(names().slice(10)).toEqual(['late'])
    await begun[8]!.end()
    expect(names().slice(11)).toEqual(['swept-8'])
    for (let index = 1; begun.length < 22; index += 1) await begun[index]!.end()
    expect(new Set(names()).size).toBe(22)
  })
})

describe('a turn', () => {
  const turn = hint('a', { turn: 'ended' })
  const wish = hint('a', { turn: 'waits' })
  const cases: { name: string; published: Hint[]; want: Hint[] }[] = [
    { name: 'is served by another', published: [turn, turn], want: [turn] },
    { name: 'is served with who waits, before', published: [wish, turn], want: [wish] },
    { name: 'is served with who waits, later', published: [turn, wish], want: [wish] },
    { name: 'is served by whoever asks for more, before', published: [hint('a'), turn], want: [hint('a')] },
    { name: 'is served by whoever asks for more, later', published: [turn, hint('a')], want: [hint('a')] },
    { name: 'is served by a sweep', published: [turn, hint('a', { isSwept: true })], want: [hint('a')] },
    {
      name: 'is served by a write',
      published: [turn, hint('a', { cause: podOf('a') })],
      want: [hint('a', { cause: podOf('a') })],
    },
  ]
  test.each(cases)('$name', async ({ published, want }) => {
    expect(await deliveredOf(published)).toEqual(want)
  })
})

describe('a look that was to come later', () => {
  const turn = hint('a', { turn: 'ended' })

  test('comes though a turn is given meanwhile', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await end(10)
    await pass(4_000)
    await bus.publish(turn)
    await end()
    await pass(5_999)
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a'), turn])
    await pass(1)
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a'), turn, hint('a')])
  })

  test('is not put off by turns that follow each other without a pause', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(turn)
    await bus.publish(turn)
    await end(2)
    for (let more = 0; more < 3; more++) {
      await pass(900)
      await bus.publish(turn)
      await end()
    }
    expect(begun.map((delivery) => delivery.hint)).toEqual([turn, turn, turn, turn, hint('a')])
  })

  test.each([
    { name: 'failed', result: new RetryableError('conflict'), soon: 50 },
    { name: 'asked for another', result: 3, soon: 3_000 },
  ])('comes after a turn that was asked for while one $name', async ({ result, soon }) => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await bus.publish(turn)
    await end(result)
    await end()
    await pass(soon - 1)
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a'), turn])
    await pass(1)
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a'), turn, hint('a')])
  })
})

describe('a delivery that waits for somebody else than the apiserver', () => {
  test('leaves its place to others, and is waited for at the end', async () => {
    let answer = (): void => {}
    const began: string[] = []
    const { bus, pass } = opened({
      concurrency: 1,
      deliver: async ({ key }, aside) => {
        began.push(key.name)
        if (key.name === 'silent') await aside(new Promise<void>((resolve) => (answer = resolve)))
        return undefined
      },
    })
    await bus.publish(hint('silent'))
    await bus.publish(hint('other'))
    await pass(0)
    expect(began).toEqual(['silent', 'other'])
    let isClosed = false
    const closing = bus.close().then(() => (isClosed = true))
    await pass(10)
    expect(isClosed).toBe(false)
    answer()
    await pass(0)
    await closing
    expect(bus.size()).toBe(0)
  })
})

describe('later', () => {
  test('a hint for later waits', async () => {
    const { bus, begun, pass } = opened()
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await pass(9_999)
    expect(begun).toHaveLength(0)
    await pass(1)
    expect(begun).toHaveLength(1)
  })

  test('it gives way to one for now', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await bus.publish(hint('a'))
    expect(begun).toHaveLength(1)
    await end()
    await pass(20_000)
    expect(begun).toHaveLength(1)
  })

  test('and to an earlier one, not to a later one', async () => {
    const { bus, begun, pass } = opened()
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await bus.publish(hint('a', { afterSeconds: 5 }))
    await bus.publish(hint('a', { afterSeconds: 7 }))
    await pass(5_000)
    expect(begun).toHaveLength(1)
  })

  test('a delivery may ask to look again', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a', { cause: podOf('a') }))
    await end(30)
    await pass(29_999)
    expect(begun).toHaveLength(1)
    await pass(1)
    expect(begun.map((delivery) => delivery.hint)).toEqual([hint('a', { cause: podOf('a') }), hint('a')])
  })

  test('a hint for later that comes during a delivery is not lost', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await end()
    expect(begun).toHaveLength(1)
    await pass(10_000)
    expect(begun).toHaveLength(2)
  })

  test('the earlier of it and what the delivery asks for counts', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await end(60)
    await pass(10_000)
    expect(begun).toHaveLength(2)
  })

  test('news takes the place of waiting', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await end(30)
    await bus.publish(hint('a'))
    expect(begun).toHaveLength(2)
    await end()
    await pass(60_000)
    expect(begun).toHaveLength(2)
  })

  test('more than a timer can carry is looked at on the way', async () => {
    const { bus, begun, pass } = opened()
    await bus.publish(hint('a', { afterSeconds: 60 * 86_400 }))
    await pass(1_000)
    expect(begun).toHaveLength(0)
    await pass(2 ** 31)
    expect(begun).toHaveLength(1)
  })
})

describe('failures', () => {
  test('are tried again, with twice the delay each time and a minute at most', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    const delays: number[] = []
    for (let failures = 0; failures < 13; failures += 1) {
      const before = begun.length
      await end(new Error('busy'))
      let waited = 0
      while (begun.length === before) {
        await pass(50)
        waited += 50
      }
      delays.push(waited)
    }
    expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  })

  test('begin anew after a success', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await end(new Error('busy'))
    await pass(50)
    await end(new Error('busy'))
    await pass(100)
    await end()
    await bus.publish(hint('a'))
    await end(new Error('busy'))
    await pass(50)
    expect(begun).toHaveLength(5)
  })

  test.each([
    { name: 'the wish of the server', wish: 7, meanwhile: [], waitsMs: 7_000 },
    { name: 'no wish for longer than a stop may wait', wish: 3600, meanwhile: [podOf('a')], waitsMs: 15_000 },
  ])('heed $name', async ({ wish, meanwhile, waitsMs }) => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await end(new RetryableError('too many requests', { retryAfterSeconds: wish }))
    for (const cause of meanwhile) await bus.publish(hint('a', { cause }))
    await pass(waitsMs - 1)
    expect(begun).toHaveLength(1)
    await pass(1)
    expect(begun).toHaveLength(2)
  })

  test('heed the wish of the server, whatever else happens meanwhile', async () => {
    const { bus, begun, end, pass } = opened()
    await bus.publish(hint('a'))
    await bus.publish(hint('a', { turn: 'waits' }))
    await end(new RetryableError('not stored', { retryAfterSeconds: 15 }))
    for (let seconds = 0; seconds < 14; seconds += 2) {
      await bus.publish(hint('a', { cause: podOf('a', `${seconds}`) }))
      await bus.publish(hint('a', { afterSeconds: 1 }))
      await pass(2_000)
    }
    await pass(999)
    expect(begun).toHaveLength(1)
    await pass(1)
    expect(begun.map((delivery) => delivery.hint.cause)).toEqual([undefined, podOf('a', '12')])
    await end()
    await bus.publish(hint('a'))
    expect(begun).toHaveLength(3)
  })

  test('that go on get a line', async () => {
    const { bus, end, pass, warnings } = opened()
    await bus.publish(hint('a'))
    for (let failures = 0; failures < 5; failures += 1) {
      expect(warnings).toEqual([])
      await end(inTrace(new Error('busy'), 'abc') as Error)
      await pass(60_000)
    }
    expect(warnings).toEqual(['still failing, of abc'])
  })

  test('that go on are counted until the key has worked', async () => {
    const { bus, end, pass } = opened()
    await bus.publish(hint('a'))
    for (let failures = 0; failures < 7; failures += 1) {
      expect(bus.failing()).toBe(failures < 5 ? 0 : 1)
      await end(new Error('busy'))
      await pass(60_000)
    }
    await end()
    expect(bus.failing()).toBe(0)
  })

  test('of an apiserver that is away are those of no key', async () => {
    const { bus, end, pass } = opened()
    await bus.publish(hint('a'))
    for (let failures = 0; failures < 7; failures += 1) {
      await end(new UnreachableError('away'))
      await pass(60_000)
    }
    expect(bus.failing()).toBe(0)
  })

  test('of one key hold up no other', async () => {
    const { bus, names, end } = opened()
    await bus.publish(hint('a'))
    await end(new Error('busy'))
    await bus.publish(hint('b'))
    expect(names()).toEqual(['a', 'b'])
  })
})

describe('how long a key was ready', () => {
  const waited = (options: Partial<InProcessOptions> = {}) => {
    const waits: [string, number][] = []
    return { waits, ...opened({ onStart: (waitMs, { key }) => waits.push([key.name, waitMs]), ...options }) }
  }

  test('is nothing where there is a place, and the time until there is one elsewhere', async () => {
    const { bus, waits, end, pass } = waited({ concurrency: 1 })
    await bus.publish(hint('a'))
    await bus.publish(hint('b'))
    await pass(10)
    await bus.publish(hint('b'))
    await pass(30)
    await end()
    expect(waits).toEqual([
      ['a', 0],
      ['b', 40],
    ])
  })

  test('begins when it is due', async () => {
    const { bus, waits, end, pass } = waited({ concurrency: 1 })
    await bus.publish(hint('later', { afterSeconds: 1 }))
    await pass(500)
    await bus.publish(hint('a'))
    await pass(1500)
    await end()
    expect(waits).toEqual([
      ['a', 0],
      ['later', 1000],
    ])
  })

  test('begins anew after each delivery, and after what a failure asks for', async () => {
    const { bus, waits, end, pass } = waited()
    await bus.publish(hint('a'))
    await pass(20)
    await bus.publish(hint('a'))
    await pass(20)
    await end(new Error('conflict'))
    await end(new RetryableError('busy', { retryAfterSeconds: 2 }))
    await pass(2000)
    expect(waits).toEqual([
      ['a', 0],
      ['a', 0],
      ['a', 0],
    ])
  })

  test('is not that of a sweep that asked before', async () => {
    const { bus, waits, end, pass } = waited({ concurrency: 1 })
    await bus.publish(hint('first'))
    for (const name of ['a', 'b']) await bus.publish(hint(name, { isSwept: true }))
    await pass(100)
    await bus.publish(hint('a'))
    await pass(5)
    await end()
    await end()
    expect(waits).toEqual([
      ['first', 0],
      ['a', 5],
      ['b', 105],
    ])
  })
})

describe('bounds', () => {
  test('no more deliveries at a time than allowed, and the others in the order they came', async () => {
    const { bus, begun, names } = opened({ concurrency: 2 })
    for (const name of ['a', 'b', 'c', 'd']) await bus.publish(hint(name))
    expect(names()).toEqual(['a', 'b'])
    await begun[1]!.end()
    expect(names()).toEqual(['a', 'b', 'c'])
    await begun[0]!.end()
    expect(names()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('no more keys than there is room for; known keys are still heard', async () => {
    const onDrop = vi.fn<() => void>()
    const { bus, begun, warnings } = opened({ capacity: 1, onDrop })
    await bus.publish(hint('a'))
    await bus.publish(hint('b'))
    await bus.publish(hint('a'))
    expect(bus.size()).toBe(1)
    expect(warnings).toEqual(['hints dropped, the sweep will find their objects'])
    expect(onDrop).toHaveBeenCalledTimes(1)
    await begun[0]!.end()
    expect(begun).toHaveLength(2)
  })
})

describe('close', () => {
  test('waits for what is under way and takes nothing more', async () => {
    const { bus, begun } = opened({ concurrency: 1 })
    await bus.publish(hint('a'))
    await bus.publish(hint('b'))
    let isClosed = false
    const closing = bus.close().then(() => (isClosed = true))
    await vi.advanceTimersByTimeAsync(0)
    expect(isClosed).toBe(false)
    await bus.publish(hint('c'))
    await begun[0]!.end()
    await closing
    expect(begun).toHaveLength(1)
  })

  test.each([
    ['asks to look again', 30],
    ['fails', new Error('busy')],
  ])('leaves no timer behind when the last delivery %s', async (_name, result) => {
    const { bus, begun, end } = opened()
    await bus.publish(hint('a'))
    const closing = bus.close()
    await end(result)
    await closing
    expect(vi.getTimerCount()).toBe(0)
    expect(begun).toHaveLength(1)
  })

  test('forgets what waits', async () => {
    const { bus, begun, pass } = opened()
    await bus.publish(hint('a', { afterSeconds: 10 }))
    await bus.close()
    expect(vi.getTimerCount()).toBe(0)
    await pass(60_000)
    expect(begun).toHaveLength(0)
  })
})
