import { expect, test } from 'vitest'
import type { CpuProfile } from './cpu.ts'
import { spentIn } from './cpu.ts'
import { profileText } from './report.ts'

const node = (id: number, functionName: string, url: string, children: readonly number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
})

/** main → decide → JSON.parse, main → zod's parse → a callback of decide's file, and nothing. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 7, 8]),
    node(2, 'main', 'file:///project/infra/node/main.ts', [3, 5]),
    node(3, 'decide', 'file:///project/functions/task/decide.ts', [4]),
    node(4, 'parse', ''),
    node(5, 'parse', 'file:///project/node_modules/@scope/zod/v4/parse.js', [6]),
    node(6, 'decide', 'file:///project/functions/task/decide.ts'),
    node(7, '(idle)', ''),
    node(8, '(garbage collector)', ''),
  ],
  samples: [4, 3, 5, 6, 7, 8, 7],
  timeDeltas: [0, 1000, 2000, 4000, 8000, 16_000, 32_000],
}

test('time belongs to what ran until the next sample, and what waits is apart', () => {
  const { busy, idle, functions } = spentIn(profile, '/project')
  expect({ busy, idle }).toEqual({ busy: 47, idle: 16 })
  expect(functions).toEqual([
    ['(garbage collector)', 32],
    ['decide functions/task/decide.ts:10', 10],
    ['parse @scope/zod/v4/parse.js:10', 4],
    ['parse', 1],
  ])
})

test('modules are packages, folders of the project, and what is no JavaScript', () => {
  expect(spentIn(profile, '/project').modules).toEqual([
    ['(garbage collector)', 32],
    ['functions/task', 10],
    ['@scope/zod', 4],
    ['native', 1],
  ])
})

test('a function of ours has the time of what it calls, once, and packages are no functions of ours', () => {
  expect(spentIn(profile, '/project').ours).toEqual([
    ['main infra/node/main.ts:10', 15],
    ['decide functions/task/decide.ts:10', 11],
  ])
})

test('the report says everything per Task', () => {
  const text = profileText({
    name: 'M1',
    file: 'dist/m1.cpuprofile',
    tasks: 10,
    spent: spentIn(profile, '/project'),
    delay: { p50: 0.1, p99: 12, most: 40 },
    requests: [
      ['get tasks', 25],
      ['patch tasks/status', 20],
    ],
  })
  expect(text).toContain('M1: 10 Tasks, 4.7 ms of the main thread per Task (by the clock), 4.5 requests per Task')
  expect(text).toContain('p50 0.1 ms, p99 12.0 ms, most 40.0 ms')
  expect(text).toMatch(/^ +2\.50 {2}get tasks$/m)
  expect(text).toMatch(/^ +68\.1 % {2}\(garbage collector\)$/m)
})
