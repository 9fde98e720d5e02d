import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Send } from '../../infra/cluster/rest.ts'
import { createSessions } from '../../infra/cluster/sessions.ts'
import type { Asked } from '../../shared/ports.ts'
import { testPasswords } from '../builders/passwords.ts'
import { makeBench, serveOpencode, startRunner, type Bench, type RunningRunner, type Served } from './opencode.ts'

const seconds = 1000
vi.setConfig({ testTimeout: 480 * seconds, hookTimeout: 480 * seconds })

let bench: Bench
let server: Served
beforeAll(async () => {
  bench = await makeBench()
  server = await serveOpencode(bench, {
    OPENCODE_PERMISSION: '{"bash":"ask"}',
  })
})
afterAll(async () => {
  await server?.stop()
  await bench?.close()
})

const freePort = async (): Promise<number> => {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** The functions' way to the server, without the apiserver in between. */
const sessions = () => {
  // A busy machine is given longer than the functions give a server.
  const send: Send = (method, path, { body, timeoutMs = 2000 } = {}) =>
    fetch(server.url + path.slice(path.indexOf('/proxy') + '/proxy'.length), {
      method,
      signal: AbortSignal.timeout(15 * timeoutMs),
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  return createSessions(send, testPasswords)
}
const at = { namespace: 'team', service: 'coder', port: 4096 }

interface Run {
  readonly title: string
  readonly runner: RunningRunner
  /** What the kubelet is answered. */
  readonly probe: () => Promise<number>
  /** What the agent asks, once it does. */
  readonly asked: () => Promise<Asked>
}

let runs = 0
const begin = async (prompt: string, waitSeconds = 300): Promise<Run> => {
  runs += 1
  const title = `kubeopencode/team/fix-${runs}/0123abcd`
  const port = await freePort()
  const runner = startRunner(bench, prompt, ['--attach', server.url, '--title', title], {
    PERMISSION_WAIT_SECONDS: String(waitSeconds),
    ASKING_PORT: String(port),
  })
  const probe = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/asking`)).status
  const asked = () =>
    vi.waitFor(
      async () => {
        expect(await probe()).toBe(503)
        const found = await sessions().asking(at, title)
        if (typeof found === 'string' || !found[0]) throw new Error(`not yet: ${runner.output()}`)
        return found[0]
      },
      { timeout: 180 * seconds, interval: 100 },
    )
  return { title, runner, probe, asked }
}

test('a permission is asked, shown to the kubelet, and given to the one Task that asked', async () => {
  const [one, other] = [await begin('[[bash:echo first]]'), await begin('[[bash:echo second]]')]
  const asked = await one.asked()
  expect(asked).toEqual({ kind: 'Permission', id: asked.id, text: 'bash: echo first', always: ['bash: echo *'] })
  const another = await other.asked()
  expect(another.text).toBe('bash: echo second')

  expect(await sessions().tell(at, asked, { verdict: 'Approved' })).toBe('told')
  const { exit, output } = await one.runner.result
  expect(exit, output).toBe(0)
  expect(output).toContain('  | first')
  expect(await sessions().tell(at, asked, { verdict: 'Denied' })).toBe('late')
  expect(await sessions().asking(at, one.title)).toEqual([])

  expect(await other.probe()).toBe(503)
  expect(await sessions().tell(at, another, { verdict: 'Denied', text: 'not today' })).toBe('told')
  const denied = await other.runner.result
  expect(denied.exit, denied.output).toBe(1)
  expect(denied.output).toContain('failed: The permission "bash echo second" was rejected')
})

test('a question is answered in words', async () => {
  const run = await begin('[[question:Which branch?]]')
  const asked = await run.asked()
  expect(asked).toEqual({ kind: 'Question', id: asked.id, text: 'Which branch? (main / next)' })
  expect(await sessions().tell(at, asked, { verdict: 'Replied', text: 'main' })).toBe('told')
  const { exit, output } = await run.runner.result
  expect(exit, output).toBe(0)
  expect(output).toMatch(/main/)
  expect(await sessions().tell(at, asked, { verdict: 'Replied', text: 'next' })).toBe('late')
})

test('a session gives its last messages alone, and says when it moved', async () => {
  const run = await begin('[[bash:echo moved]]')
  await sessions().tell(at, await run.asked(), { verdict: 'Approved' })
  await run.runner.result
  const get = async (path: string) => (await fetch(server.url + path)).json()
  const [session] = (await get(`/session?search=${run.title}`)) as {
    id: string
    time: { created: number; updated: number }
  }[]
  expect(session?.time.updated).toBeGreaterThan(session?.time.created ?? Infinity)
  const all = (await get(`/session/${session?.id}/message`)) as object[]
  expect(all.length).toBeGreaterThan(2)
  expect(await get(`/session/${session?.id}/message?limit=2`)).toEqual(all.slice(-2))
})

test('what nobody answers in time is denied', async () => {
  const run = await begin('[[bash:echo late]]', 10)
  await run.asked()
  const { exit, output } = await run.runner.result
  expect(exit, output).toBe(1)
  expect(output).toContain('failed: The permission "bash echo late" was rejected')
})
