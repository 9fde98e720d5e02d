import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanPath, MountPath, resolveMountPath } from './paths.ts'

describe('resolveMountPath, workspace /workspace', () => {
  const cases: readonly (readonly [mountPath: string, path: string | undefined])[] = [
    ['.', '/workspace'],
    ['./', '/workspace'],
    ['code', '/workspace/code'],
    ['prompts/', '/workspace/prompts'],
    ['a//./b', '/workspace/a/b'],
    ['a/../b', '/workspace/b'],
    ['/opt/x/', '/opt/x'],
    ['../x', undefined],
    ['a/../../x', undefined],
    ['/tools/x', undefined],
    ['/opt/../tools', undefined],
    ['/data', undefined],
    ['/', undefined],
    ['/../x', undefined],
  ]
  test.each(cases)('%s leads to %s', (mountPath, path) => expect(resolveMountPath('/workspace', mountPath)).toBe(path))
})

const segment = fc.constantFrom(
  '',
  '.',
  'a',
  'tools',
  'data',
  'sessions',
  'var',
  'run',
  'secrets',
  'etc',
  'ssl',
  'toolsmith',
)
const path = fc
  .tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 7 }))
  .map(([isAbsolute, segments]) => `${isAbsolute ? '/' : ''}${segments.join('/')}`)

test('the schema takes exactly the paths that lead somewhere, however they are spelled', () => {
  fc.assert(
    fc.property(path, (text) => {
      fc.pre(text !== '')
      expect(MountPath.safeParse(text).success).toBe(resolveMountPath('/workspace', text) !== undefined)
    }),
    { numRuns: 20_000 },
  )
})

test('a clean path stays as it is', () => {
  fc.assert(
    fc.property(path, (text) => {
      const clean = cleanPath(text)
      expect(clean === undefined ? undefined : cleanPath(clean)).toBe(clean)
    }),
  )
})
