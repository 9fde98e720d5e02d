import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
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

test('npm run release makes all files but images without a network, and their checksums', { timeout: 600_000 }, () => {
  const said = npmRun('release', '--', '--no-images')
  const folder = join(dist, 'release')
  const { version, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
    bin: { kubeoc: string }
  }
  const files = [
    'SHA256SUMS',
    'THIRD-PARTY-LICENCES.txt',
    'install.yaml',
    `kubeopencode-${version}.cdx.json`,
    `kubeopencode-${version}.npm.tgz`,
    `kubeopencode-${version}.tgz`,
  ]
  expect(readdirSync(folder).toSorted()).toEqual(files)
  for (const file of files) expect(said).toContain(`dist/release/${file}  `)
  const sumOf = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex')
  const sums = files.slice(1).map((file) => `${sumOf(file)}  ${file}`)
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n').toSorted()).toEqual(sums.toSorted())
  const inside = (file: string) => execFileSync('tar', ['-tzf', file], { cwd: folder, encoding: 'utf8' }).split('\n')
  expect(inside(`kubeopencode-${version}.npm.tgz`)).toContain(`package/${bin.kubeoc}`)
  expect(inside(`kubeopencode-${version}.tgz`)).toContain('kubeopencode/values.schema.json')
})
