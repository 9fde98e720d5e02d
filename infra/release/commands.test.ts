import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dist, root, shipped } from './project.ts'

const npmRun = (...words: string[]): string =>
  execFileSync('npm', ['run', '--silent', ...words], { cwd: root, encoding: 'utf8', stdio: 'pipe' })

test('npm run licences lists what is shipped', () => {
  const lines = npmRun('licences').trim().split('\n')
  expect(lines.at(-1)).toMatch(/^\d+ packages, each with a licence that is allowed$/)
  expect(lines).toContainEqual(expect.stringMatching(/^MIT +hono@\d/))
})

test('npm run sbom writes all that is shipped', () => {
  expect(npmRun('sbom').trim()).toBe('dist/kubeopencode.cdx.json')
  const { bomFormat, components } = JSON.parse(readFileSync(join(dist, 'kubeopencode.cdx.json'), 'utf8')) as {
    bomFormat: string
    components: { name: string }[]
  }
  expect(bomFormat).toBe('CycloneDX')
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(shipped().map(({ name }) => name)))
})
