import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { staticInputs } from '../test/static-inputs.ts'

const main = join(import.meta.dirname, 'main.ts')
const dir = mkdtempSync(join(tmpdir(), 'kubeoc-main-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The program as a process of its own, without this one's colours. */
const started = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [main, ...words], { env: { PATH, HOME: dir, ...env } })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (err += String(chunk)))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err })),
  )
  return { child, ended }
}

const fault = join(dir, 'fault.yaml')
writeFileSync(fault, 'apiVersion: kubeopencode.io/v1alpha1\nkind: Task\nmetadata: { name: a }\nspec: {}\n')

describe('as a process', () => {
  const colors = [
    { name: 'plain in a pipe', env: {}, isColored: false },
    { name: 'coloured where that is asked for', env: { FORCE_COLOR: '1' }, isColored: true },
    { name: 'never against NO_COLOR', env: { FORCE_COLOR: '1', NO_COLOR: '1' }, isColored: false },
  ]
  test.each(colors)('$name', async ({ env, isColored }) => {
    const { code, out } = await started(['lint', fault], env).ended
    expect(code).toBe(1)
    expect(out.includes('\u001B[')).toBe(isColored)
    expect(out).toContain('either agentRef or templateRef must be specified')
  })

  test('a reader that has enough is no fault', async () => {
    const { child, ended } = started(['completion', 'bash'])
    child.stdout.destroy()
    const { code, err } = await ended
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  const signals = [
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
  ] as const
  test.each(signals)('$signal ends what waits for a cluster that does not answer', async ({ signal, code }) => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const called = new Promise((resolve) => silent.once('connection', resolve))
    const { port } = silent.address() as AddressInfo
    const kubeconfig = join(dir, 'config')
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token: 't' } }],
    }
    writeFileSync(kubeconfig, JSON.stringify(config))
    const { child, ended } = started(['get', 'tasks', '--kubeconfig', kubeconfig])
    await called
    child.kill(signal)
    expect(await ended).toEqual({ code, out: '', err: '' })
    silent.close()
  })
})

test('starts without what only some commands need', async () => {
  const { read } = await staticInputs('cli/main.ts', 'cli/program.ts')
  expect(read).toContain('cli/program.ts')
  expect(read.filter((file) => /client-node|undici|\/zod\/|\/yaml\/|^(crds|webhooks|functions)\//.test(file))).toEqual(
    [],
  )
})

test('asks a cluster without what only some kubeconfigs need', async () => {
  const { read, all } = await staticInputs('cli/main.ts', 'cli/get/get.ts')
  const isHeavy = (file: string) => /client-node|\/undici\//.test(file)
  expect(all.filter(isHeavy)).not.toEqual([])
  expect(read).toContain('infra/cluster/kubeconfig.ts')
  expect(read.filter(isHeavy)).toEqual([])
})
