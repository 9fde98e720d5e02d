import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { Log } from '../../shared/ports.ts'
import { createEnding } from './ending.ts'

const world = () => {
  const said: string[] = []
  const log = {
    warn: (message: string, fields = {}) => said.push(`${message} ${JSON.stringify(fields)}`),
  } as unknown as Log
  const signals = new EventEmitter()
  const exited = Promise.withResolvers<void>()
  const exit = (code?: unknown) => {
    said.push(`exit ${String(code)}`)
    exited.resolve()
  }
  const own = Object.assign(signals, { exit }) as unknown as Parameters<typeof createEnding>[1]
  return { said, signals, exited: exited.promise, ending: createEnding(log, own) }
}

test('what was named last is closed first, and one that fails does not keep the others', async () => {
  const { said, signals, exited, ending } = world()
  ending.closing(() => said.push('functions'))
  ending.closing(async () => {
    throw new Error('no server')
  })
  ending.closing(() => said.push('renewal'))
  signals.emit('SIGTERM')
  await exited
  expect(said).toEqual(['renewal', 'while ending {"error":"no server"}', 'functions', 'exit 0'])
})

test('a signal before anything is open ends the process', async () => {
  const { said, signals, exited } = world()
  signals.emit('SIGINT')
  await exited
  expect(said).toEqual(['exit 0'])
})

test('who asks twice waits for nothing', async () => {
  const { said, signals, exited, ending } = world()
  ending.closing(() => new Promise(() => {}))
  signals.emit('SIGTERM')
  signals.emit('SIGINT')
  await exited
  expect(said).toEqual(['exit 1'])
})

test('a start that failed takes back what it has done', async () => {
  const { said, ending } = world()
  ending.closing(() => said.push('unregister'))
  await ending.end(1)
  expect(said).toEqual(['unregister', 'exit 1'])
})
