import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundle } from '../build/bundle.ts'

/** With gzip; a Worker of the free plan may have 3 MB. */
const budget = 220 * 1024

test('the Worker is small, needs nothing of Node, and wrangler would deploy it', { timeout: 300_000 }, async () => {
  const [file = ''] = await bundle(['workers'])
  const text = readFileSync(file, 'utf8')
  expect(gzipSync(text).length).toBeLessThan(budget)
  expect(text).not.toMatch(/(?:from|import)\s*\(?"node:/)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run'],
    { cwd: import.meta.dirname, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' } },
  )
  expect(stdout).toContain('env.QUEUE (kubeopencode)')
  expect(stdout).toContain('--dry-run: exiting now.')
})

test('no line is written for each request: its path has the secret in it', () => {
  const text = readFileSync(join(import.meta.dirname, 'wrangler.jsonc'), 'utf8')
  expect(text).toContain('"invocation_logs": false')
})
