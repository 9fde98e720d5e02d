import { describe, expect, test } from 'vitest'
import { task } from '../../test/builders/task.ts'
import type { Task } from '../api/types.ts'
import { createStore } from './store.ts'

const named = (name: string, creationTimestamp = '2026-06-01T12:00:00Z'): Task => {
  const one = task()
  return { ...one, metadata: { ...one.metadata, namespace: 'team', name, creationTimestamp } }
}

/** A store whose frames are drawn by hand. */
const drawn = () => {
  const frames: (() => void)[] = []
  const store = createStore((tell) => frames.push(tell))
  return { store, frames, draw: () => frames.splice(0).forEach((tell) => tell()) }
}

describe('the store of live objects', () => {
  test('tells its readers once a frame, however much changes', () => {
    const { store, frames, draw } = drawn()
    let told = 0
    store.subscribe(() => (told += 1))
    for (let count = 0; count < 1000; count += 1) store.change('tasks', 'MODIFIED', named(`task-${count % 10}`))
    expect(frames).toHaveLength(1)
    draw()
    expect(told).toBe(1)
    expect(store.list('tasks')).toHaveLength(10)
    store.change('tasks', 'DELETED', named('task-3'))
    draw()
    expect(told).toBe(2)
    expect(store.get('tasks', 'team', 'task-3')).toBeUndefined()
  })

  test('has the newest first, and of the same time by name', () => {
    const { store } = drawn()
    store.replace('tasks', [named('b'), named('old', '2026-01-01T00:00:00Z'), named('a')])
    expect(store.list('tasks').map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'old'])
    expect(store.list('tasks')).toBe(store.list('tasks'))
  })

  test('a new list forgets what was deleted while nobody listened', () => {
    const { store } = drawn()
    store.replace('tasks', [named('gone'), named('stays')])
    store.replace('tasks', [named('stays')])
    expect(store.get('tasks', 'team', 'gone')).toBeUndefined()
  })

  test('knows the difference between nothing and not yet', () => {
    const { store } = drawn()
    expect(store.isKnown('agents')).toBe(false)
    store.replace('agents', [])
    expect(store.isKnown('agents')).toBe(true)
    store.fail('crontasks', 'You may not.')
    expect([store.isKnown('crontasks'), store.problemOf('crontasks')]).toEqual([true, 'You may not.'])
  })
})
