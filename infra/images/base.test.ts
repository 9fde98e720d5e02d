import { describe, expect, test } from 'vitest'
import { silent } from '../local/progress.ts'
import { baseImage, ensureBase } from './base.ts'
import type { ImageBuilder } from './builder.ts'

const standIn = 'localhost/kubeopencode-base:bookworm'

/** A storage with `images` in it, at a registry that has the base or not; remembers what was pulled. */
const builderWith = (images: readonly string[], hasRegistry: boolean) => {
  const there = new Set(images)
  const pulled: string[] = []
  const no = (): Promise<never> => Promise.reject(new Error('not to be called'))
  const builder: ImageBuilder = {
    name: 'a builder',
    idOf: (reference) => Promise.resolve(there.has(reference) ? `id of ${reference}` : undefined),
    pull: (reference) => {
      pulled.push(reference)
      if (!hasRegistry) return Promise.reject(new Error('connection refused'))
      there.add(reference)
      return Promise.resolve()
    },
    importRootFileSystem: no,
    build: no,
    save: no,
    forget: no,
  }
  return { builder, pulled }
}

describe('the base', () => {
  const cases: { name: string; images: string[]; hasRegistry?: true; isPinned?: true; want: string; pulls: boolean }[] =
    [
      { name: 'is taken where it is', images: [baseImage, standIn], want: baseImage, pulls: false },
      { name: 'is pulled by its digest', images: [], hasRegistry: true, want: baseImage, pulls: true },
      { name: 'may be one that was made here', images: [standIn], want: standIn, pulls: false },
      {
        name: 'is no other where it has to be pinned',
        images: [standIn],
        hasRegistry: true,
        isPinned: true,
        want: baseImage,
        pulls: true,
      },
    ]
  test.each(cases)('$name', async ({ images, hasRegistry = false, isPinned = false, want, pulls }) => {
    const { builder, pulled } = builderWith(images, hasRegistry)
    const base = await ensureBase(builder, '/nowhere', silent, isPinned)
    expect(base).toEqual({ reference: want, id: `id of ${want}`, isPinned: want === baseImage })
    expect(pulled).toEqual(pulls ? [baseImage] : [])
  })

  test('that has to be pinned and cannot be pulled ends the build, also where another was made here', async () => {
    const { builder } = builderWith([standIn], false)
    await expect(ensureBase(builder, '/nowhere', silent, true)).rejects.toThrow(
      `${baseImage} could not be pulled, and a pinned build stands on no other`,
    )
  })
})
