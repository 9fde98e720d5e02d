import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processesNaming } from './process-list.ts'
import { isRunning, recorded, start, startReady, stop, stopAll } from './processes.ts'
import { until } from './until.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'koc-processes-'))
})

afterEach(async () => {
  await stop(dir, 'program', 0)
  rmSync(dir, { recursive: true })
})

const shell = (script: string) => ({ name: 'program', command: 'sh', args: ['-c', script] })
const runs = () => until(async () => isRunning(dir, 'program') || undefined, { seconds: 60, everyMilliseconds: 5 })

test('starts a program once and stops exactly that one', async () => {
  start(dir, shell('exec sleep 60'))
  expect(await runs()).toBe(true)
  const pid = readFileSync(join(dir, 'run', 'program.pid'), 'utf8')
  start(dir, shell('exec sleep 60'))
  expect(readFileSync(join(dir, 'run', 'program.pid'), 'utf8')).toBe(pid)
  await stop(dir, 'program', 60)
  expect(isRunning(dir, 'program')).toBe(false)
  expect(recorded(dir)).toEqual([])
})

test('ends a program that does not want to end', async () => {
  const isDeaf = async () => readFileSync(join(dir, 'log', 'program.log'), 'utf8').includes('deaf')
  await startReady(dir, shell('trap "" TERM; echo deaf; while :; do sleep 0.05; done'), isDeaf, 60)
  await stop(dir, 'program', 0.2)
  expect(isRunning(dir, 'program')).toBe(false)
})

// What runs is looked up in /proc.
test.runIf(process.platform === 'linux').each([0, 1, 2, 3, 4, 6, 8])(
  'ends all, also what began %i ms ago and may not be recorded',
  async (age) => {
    start(dir, shell(`exec tail -f ${join(dir, 'log', 'program.log')}`))
    if (age > 0) await sleep(age)
    await stopAll(dir, () => 0)
    expect(existsSync(join(dir, 'run'))).toBe(false)
    // A shell that finds no place for its record ends by itself.
    await expect.poll(() => processesNaming(dir)).toEqual([])
  },
)

test('leaves a process alone that was given the pid of ours', async () => {
  start(dir, shell('exec sleep 60'))
  await runs()
  const file = join(dir, 'run', 'program.pid')
  const ours = readFileSync(file, 'utf8')
  writeFileSync(file, ours.replace(/^\d+/, String(process.pid)))
  await stop(dir, 'program', 0)
  writeFileSync(file, ours)
  expect(isRunning(dir, 'program')).toBe(true)
})

test('tells of an early end with the last words', async () => {
  const ready = startReady(dir, shell('echo "the disk is full"; exit 1'), async () => false, 60)
  await expect(ready).rejects.toThrow(/program ended while it was starting; the end of its log .*\nthe disk is full/)
})

test('tells of a port that another program has', async () => {
  const refused = shell('echo "listen tcp 127.0.0.1:80: bind: address already in use"; exit 1')
  await expect(startReady(dir, refused, async () => false, 60)).rejects.toThrow(
    /^program cannot listen on 127.0.0.1:80, because another program does; end that one/,
  )
})

test('tells of a program that cannot be found', async () => {
  const missing = { name: 'program', command: join(dir, 'missing'), args: [] }
  await expect(startReady(dir, missing, async () => false, 60)).rejects.toThrow('ended while it was starting')
})

test('tells of a program that stays silent', async () => {
  await expect(startReady(dir, shell('exec sleep 60'), async () => false, 0.3)).rejects.toThrow(
    'did not become ready in 0.3 s',
  )
})

test('starts again what was found running but was about to end', async () => {
  start(dir, shell('sleep 0.3'))
  await runs()
  const isSecond = async () => existsSync(join(dir, 'second'))
  await startReady(dir, shell('touch second; exec sleep 60'), isSecond, 60)
  expect(isRunning(dir, 'program')).toBe(true)
})
