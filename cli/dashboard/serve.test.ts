import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testIo } from '../../test/builders/io.ts'
import { run } from '../program.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubeoc-ui-'))
afterAll(() => rmSync(folder, { recursive: true }))
const kubeconfig = join(folder, 'config')
writeFileSync(
  kubeconfig,
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'ada', user: { token: 'of-the-kubeconfig' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'ada' } }],
    'current-context': 'c',
  }),
)

test('serves until Ctrl-C, on loopback, behind a code that stands nowhere but in the terminal', async () => {
  const io = testIo()
  const running = run(['ui', '--kubeconfig', kubeconfig, '--port', '0'], io)
  await expect.poll(() => io.stdout()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/)
  const url = io.stdout().trim()
  const [, code = ''] = /once: ([A-Z2-9]{5}(?:-[A-Z2-9]{5}){2})\n/.exec(io.stderr()) ?? []
  expect(code).not.toBe('')
  expect(url).not.toContain(code)
  expect(await (await fetch(`${url}/api/v1/login`)).json()).toEqual({ mode: 'local' })
  expect((await fetch(`${url}/api/v1/tasks`)).status).toBe(401)
  io.interrupt()
  expect(await running).toBe(130)
  await expect(fetch(url)).rejects.toThrow()
})

test('a port that is taken or none is said in a sentence', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const io = testIo()
  expect(await run(['ui', '--kubeconfig', kubeconfig, '--port', String(port)], io)).toBe(1)
  expect(io.stderr()).toContain(`error: port ${port} is taken: name another with --port`)
  other.close()
  const wrong = testIo()
  expect(await run(['ui', '--port', 'http'], wrong)).toBe(2)
  expect(wrong.stderr()).toContain('--port http is no port')
})
