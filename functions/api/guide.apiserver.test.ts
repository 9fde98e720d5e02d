import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiWorld } from '../../test/apiserver/api-world.ts'
import { apiWorld } from '../../test/apiserver/api-world.ts'
import { fenced } from '../../test/apiserver/fenced.ts'

let world: ApiWorld
let token: string

beforeAll(async () => {
  world = await apiWorld('api-guide')
  token = await world.person('ada', 'kubeopencode-user')
})
afterAll(() => world?.close())

/** What a shell says to it. curl ends a stream that goes on with code 28. */
const run = (script: string): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], API: `${world.url}/api/v1`, TOKEN: token }
    execFile('bash', ['-euo', 'pipefail', '-c', script], { env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    )
  })

/** In this order: what is made by one is asked for by the next. */
describe('the examples of docs/api.md work as they stand', () => {
  const blocks = fenced(join(import.meta.dirname, '../../docs/api.md'), 'sh').filter((block) =>
    block.startsWith('curl'),
  )

  test('there are some', () => expect(blocks.length).toBeGreaterThanOrEqual(6))

  test.each(blocks.map((block) => ({ block, name: block.split('\n')[0]?.slice(0, 100) })))(
    '$name',
    async ({ block }) => {
      const { code, output } = await run(block)
      expect(output).not.toMatch(/"error":/)
      expect(output).toContain(
        block.includes('watch=1') ? 'event: ADDED' : block.includes('/logs') ? 'event: complete' : 'fix-the-tests',
      )
      expect(code).toBe(block.includes('--max-time') ? 28 : 0)
    },
  )
})
