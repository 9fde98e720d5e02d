import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { images } from '../../shared/images.ts'
import { programs } from '../build/bundle.ts'
import { baseImage } from './base.ts'
import { imageSpecs } from './images.ts'

const dockerfile = (name: string): string => readFileSync(join(import.meta.dirname, name, 'Dockerfile'), 'utf8')
const root = join(import.meta.dirname, '../..')

describe.each(imageSpecs)('$name', ({ name, files, repository, on }) => {
  test('runs as a user with a number', () =>
    expect(dockerfile(name)).toMatch(on ? /^FROM \$\{/m : /^USER [1-9]\d*:[1-9]\d*$/m))

  test('stands on the base or on another of our images', () => {
    const from = /^FROM (\S+)/m.exec(dockerfile(name))?.[1]
    expect(from).toBe(on ? `\${${on.argument}}` : baseImage)
  })

  test('has no moving tag', () => expect(dockerfile(name) + repository).not.toContain(':latest'))

  test('copies only what its context has', () => {
    const copied = [...dockerfile(name).matchAll(/^COPY (\S+) /gm)].map(([, source]) => source ?? '')
    for (const source of copied)
      expect(Object.keys(files).some((path) => path === source || path.startsWith(`${source}/`))).toBe(true)
  })

  test('is made of files that a build has', () => {
    const outputs = new Set(programs.flatMap(({ output, isPage }) => [output, ...(isPage ? [dirname(output)] : [])]))
    for (const source of Object.values(files)) {
      if (source.endsWith('?')) continue
      expect(outputs.has(source) || existsSync(join(root, source)), source).toBe(true)
    }
  })
})

test('every image that Pods use is built', () => {
  const built = imageSpecs.map(({ repository }) => repository)
  for (const image of Object.values(images)) expect(built).toContain(image.replace(/:[^:]*$/, ''))
})
