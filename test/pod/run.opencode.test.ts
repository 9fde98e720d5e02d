import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseRunSummary } from '../../functions/pod/run/summary.ts'
import { demoPrompt } from '../../infra/local/demo-job.ts'
import { makeBench, runRunner, serveOpencode, startRunner, type Bench, type Served } from './opencode.ts'

const seconds = 1000
vi.setConfig({ testTimeout: 480 * seconds, hookTimeout: 480 * seconds })

let bench: Bench
let server: Served
beforeAll(async () => {
  bench = await makeBench()
  server = await serveOpencode(bench)
})
afterAll(async () => {
  await server?.stop()
  await bench?.close()
})

const attach = (): string[] => ['--attach', server.url, '--title', 'kubeopencode/team/fix/0123abcd']
const get = async (path: string): Promise<unknown> => await (await fetch(server.url + path)).json()
const idIn = (output: string): string => /session (ses_\w+)/.exec(output)?.[1] ?? ''

/** Polls until `read` gives something; fails the test after 300 s. */
const eventually = async <T>(read: () => T | undefined | Promise<T | undefined>): Promise<T> =>
  await vi.waitFor(
    async () => {
      const value = await read()
      if (value === undefined || value === '' || value === false) throw new Error('not yet')
      return value
    },
    { timeout: 300 * seconds, interval: 100 },
  )

describe('attached to a server', () => {
  test('does the demo job and tells about it', async () => {
    const before = Date.now()
    const { exit, output, termination } = await runRunner(bench, demoPrompt, attach())
    expect(exit, output).toBe(0)
    expect(output).toMatch(/✗ bash exited with 1[\s\S]*✓ edit[\s\S]*✓ bash[\s\S]*(#|ℹ) fail 0[\s\S]*Done\./)
    expect(await readFile(join(bench.workspace, 'format-time.js'), 'utf8')).toContain('padStart')
    const { session, time, error } = parseRunSummary(termination) ?? {}
    expect(error).toBeUndefined()
    expect(time?.began).toBeGreaterThan(before)
    expect(time?.ended).toBeLessThan(Date.now())
    expect(session).toMatchObject({
      title: 'kubeopencode/team/fix/0123abcd',
      filesChanged: 1,
      additions: 1,
      deletions: 1,
    })
    expect(session?.tokenUsage.input).toBeGreaterThan(1000)
    expect(Number(session?.cost)).toBeGreaterThan(0)
    expect(await get(`/session/${session?.id}`)).toMatchObject({
      metadata: { namespace: 'team', name: 'fix', uid: '0123abcd-0000-4000-8000-000000000000' },
    })
  })

  const prompts = [
    { name: 'flags, quotes and shell', prompt: '--help "a" \'b\' `c` $(d) \\ \u{1F375}\n\n--attach=http://x [[echo]]' },
    { name: '200 KiB', prompt: `[[echo]] ${'x'.repeat(200 * 1024)}` },
  ]
  test.each(prompts)('the prompt reaches the model as it is: $name', async ({ prompt }) => {
    const { exit, output } = await runRunner(bench, prompt, attach())
    expect(exit, output.slice(0, 1000)).toBe(0)
    expect(bench.moves.some((move) => move.prompt === prompt)).toBe(true)
  })

  test('a refused key is a failure with its reason', async () => {
    const { exit, output, termination } = await runRunner(bench, '[[fail:401]]', attach())
    expect(exit).toBe(1)
    expect(output).toContain('failed: The model provider refused the request (HTTP 401)')
    expect(parseRunSummary(termination)?.error).toContain('HTTP 401')
  })

  test('TERM aborts the session on the server and exits with 143', async () => {
    const running = startRunner(bench, '[[slow:600]]', attach())
    const id = await eventually(() => idIn(running.output()))
    await eventually(() => bench.moves.some(({ prompt }) => prompt === '[[slow:600]]'))
    const atWork = async () => Object.keys((await get('/session/status')) as object)
    expect(await atWork()).toContain(id)
    running.child.kill('SIGTERM')
    const { exit, termination } = await running.result
    expect(exit).toBe(143)
    expect(parseRunSummary(termination)?.error).toMatch(/stopped/)
    // Long before its 600 s are over.
    await expect.poll(atWork).not.toContain(id)
  })

  test('a provider that fails again and again is shown while it is retried', async () => {
    const running = startRunner(bench, '[[fail:500]]', attach())
    await eventually(() => running.output().includes('(attempt 2)'))
    running.child.kill('SIGTERM')
    expect((await running.result).exit).toBe(143)
  })

  test('a session that is deleted under way is a failure', async () => {
    const running = startRunner(bench, '[[slow:600]] deleted', attach())
    const id = await eventually(() => idIn(running.output()))
    await eventually(() => bench.moves.some(({ prompt }) => prompt.endsWith('deleted')))
    await fetch(`${server.url}/session/${id}`, { method: 'DELETE' })
    const { exit, output } = await running.result
    expect(exit, output).toBe(1)
  })

  test('an empty prompt is refused', async () => {
    const { exit, output } = await runRunner(bench, ' \n', attach())
    expect(exit).toBe(1)
    expect(output).toContain('The prompt is empty')
  })
})

describe('a server with rules', () => {
  test('a permission that nobody gives is a failure', async () => {
    const strict = await serveOpencode(bench, { OPENCODE_PERMISSION: '{"bash":"ask"}' })
    try {
      const { exit, output } = await runRunner(bench, '[[bash:echo hello]]', ['--attach', strict.url])
      expect(exit, output).toBe(1)
      expect(output).toContain('? permission asked: bash echo hello')
      expect(output).toMatch(/failed: The permission "bash echo hello" was rejected/)
    } finally {
      await strict.stop()
    }
  })

  test('a permission given in time lets the work go on', async () => {
    const strict = await serveOpencode(bench, { OPENCODE_PERMISSION: '{"bash":"ask"}' })
    try {
      const running = startRunner(bench, '[[bash:echo hello]]', ['--attach', strict.url], {
        PERMISSION_WAIT_SECONDS: '300',
      })
      await eventually(() => running.output().includes('? permission asked'))
      const [request] = (await (await fetch(`${strict.url}/permission`)).json()) as { id: string }[]
      await fetch(`${strict.url}/permission/${request?.id}/reply`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reply: 'once' }),
      })
      const { exit, output } = await running.result
      expect(exit, output).toBe(0)
      expect(output).toContain('  | hello')
    } finally {
      await strict.stop()
    }
  })

  test('the password is needed, and used', async () => {
    const guarded = await serveOpencode(bench, { OPENCODE_SERVER_PASSWORD: 'open sesame' })
    try {
      const args = ['--attach', guarded.url]
      const without = await runRunner(bench, '[[echo]]', args)
      expect(without.exit).toBe(1)
      expect(without.output).toContain('OPENCODE_SERVER_PASSWORD')
      const given = await runRunner(bench, '[[echo]]', args, { OPENCODE_SERVER_PASSWORD: 'open sesame' })
      expect(given.exit, given.output).toBe(0)
      expect(given.output + given.termination).not.toContain('open sesame')
    } finally {
      await guarded.stop()
    }
  })

  test('a server that dies in the middle is a failure in bounded time', async () => {
    const doomed = await serveOpencode(bench)
    const running = startRunner(bench, '[[slow:600]] doomed', ['--attach', doomed.url], { LOST_AFTER_SECONDS: '2' })
    await eventually(() => bench.moves.some(({ prompt }) => prompt.endsWith('doomed')))
    await doomed.stop()
    const { exit, output } = await running.result
    expect(exit, output).toBe(1)
    expect(output).toMatch(/failed: /)
  })

  test('a server that swallows connections is given up in bounded time', async () => {
    const hole = createServer((socket) => socket.on('error', () => undefined))
    const port = await new Promise<number>((resolve) =>
      hole.listen(0, '127.0.0.1', () => resolve((hole.address() as { port: number }).port)),
    )
    const { exit, output, termination } = await runRunner(bench, 'x', ['--attach', `http://127.0.0.1:${port}`], {
      START_TIMEOUT_SECONDS: '5',
    })
    hole.close()
    expect(exit).toBe(1)
    expect(output).toMatch(/did not answer for 5 s/)
    expect(parseRunSummary(termination)?.error).toMatch(/did not answer/)
  })
})

describe('standing alone', () => {
  test('starts a server of its own, works, and ends it', async () => {
    const { exit, output, termination } = await runRunner(bench, '[[bash:env | grep -c OPENCODE_SERVER]]', [
      '--title',
      'alone',
    ])
    expect(exit, output).toBe(0)
    expect(output).toContain('→ bash')
    expect(parseRunSummary(termination)?.session?.title).toBe('alone')
  })

  test('a refused key is a failure', async () => {
    const { exit, output } = await runRunner(bench, '[[fail:401]]', [])
    expect(exit, output).toBe(1)
    expect(output).toContain('HTTP 401')
  })

  test('TERM ends the server, too', async () => {
    const running = startRunner(bench, '[[slow:600]] alone', [])
    await eventually(() => bench.moves.some(({ prompt }) => prompt.endsWith('alone')))
    const url = await eventually(() => /on (http:\S+)/.exec(running.output())?.[1])
    running.child.kill('SIGTERM')
    expect((await running.result).exit).toBe(143)
    await expect(fetch(url)).rejects.toThrow()
  })

  test('a program that is not there is named', async () => {
    const { exit, output } = await runRunner(bench, 'x', [], { OPENCODE_BINARY: '/nowhere/opencode' })
    expect(exit).toBe(1)
    expect(output).toContain('/nowhere/opencode could not be started')
  })
})
