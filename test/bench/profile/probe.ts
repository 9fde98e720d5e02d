/**
 * Runs inside the process under test, before its program (node --import): samples what the processor does and how late the
 * event loop is, from `begin` to `end`, both asked by messages of the process that measures.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import type { Delay } from '../loop-delay.ts'
import { watchLoop } from '../loop-delay.ts'

const samplingMicroseconds = 500

const session = new Session()
let unwatch: (() => Delay) | undefined

const begin = async (): Promise<object> => {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds })
  await session.post('Profiler.start')
  unwatch = watchLoop()
  return {}
}

const end = async (file: string): Promise<Delay | undefined> => {
  const delay = unwatch?.()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  writeFileSync(file, JSON.stringify(profile))
  return delay
}

process.on('message', (file: string | null) => {
  void (file === null ? begin() : end(file)).then((answer) => process.send?.(answer))
})
// Whoever measures may go; the program under test ends as it would without this.
process.channel?.unref()
