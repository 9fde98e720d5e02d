import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { images } from '../../shared/images.ts'
import { programs } from '../build/bundle.ts'
import { baseImage, baseTime } from './base.ts'
import { imageSpecs, licencesFile } from './images.ts'
import { unpinnedBases } from './pinned.ts'

const dockerfile = (name: string): string => readFileSync(join(import.meta.dirname, name, 'Dockerfile'), 'utf8')
const root = join(import.meta.dirname, '../..')

describe.each(imageSpecs)('$name', ({ name, files, repository, on }) => {
  test('runs as a user with a number', () =>
    expect(dockerfile(name)).toMatch(on ? /^FROM \$\{/m : /^USER [1-9]\d*:[1-9]\d*$/m))

  test('stands on the base, named by its digest, or on another of our images', () => {
    const from = /^(?:ARG (.*)\n)?FROM (\S+)/m.exec(dockerfile(name))?.slice(1)
    expect(from).toEqual(on ? [on.argument, `\${${on.argument}}`] : [`BASE=${baseImage}`, '${BASE}'])
    expect(unpinnedBases(dockerfile(name), on?.argument)).toEqual([])
  })

  test('takes packages from where the build says', () => {
    expect(dockerfile(name)).not.toMatch(/apt-get|curl .*http|wget /)
    expect(dockerfile(name).includes('/tmp/install-packages')).toBe('install-packages' in files)
  })

  test('has no moving tag', () => expect(dockerfile(name) + repository).not.toContain(':latest'))

  test('copies only what its context has', () => {
    const copied = [...dockerfile(name).matchAll(/^COPY (\S+) /gm)].map(([, source]) => source ?? '')
    for (const source of copied)
      expect(Object.keys(files).some((path) => path === source || path.startsWith(`${source}/`))).toBe(true)
  })

  test('brings the licences of what is copied into it', () => {
    const isOfOthers = Object.values(files).some((source) => /^(node_modules|dist)\//.test(source))
    expect('licences.txt' in files || on !== undefined).toBe(isOfOthers)
    expect(dockerfile(name).includes('COPY licences.txt ')).toBe('licences.txt' in files)
  })

  test('is made of files that a build has', () => {
    const outputs = new Set(programs.flatMap(({ output, isPage }) => [output, ...(isPage ? [dirname(output)] : [])]))
    for (const source of Object.values(files)) {
      if (source.endsWith('?') || source === licencesFile) continue
      expect(outputs.has(source) || existsSync(join(root, source)), source).toBe(true)
    }
  })
})

test('every image that Pods use is built', () => {
  const built = imageSpecs.map(({ repository }) => repository)
  for (const image of Object.values(images)) expect(built).toContain(image.replace(/:[^:]*$/, ''))
})

test('a build that names no time is of the day of its base', () =>
  expect(new Date(baseTime * 1000).toISOString()).toBe('2026-08-24T00:00:00.000Z'))
