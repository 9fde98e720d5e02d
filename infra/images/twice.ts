/** Builds images a second time, with nothing of the first, and compares. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImage } from './archive.ts'
import { buildImages, type BuildOptions } from './build.ts'
import { findBuilder } from './builder.ts'
import { differences } from './compare.ts'

export interface Twice {
  readonly name: string
  readonly reference: string
  /** The image's id: of the first where they differ. */
  readonly id: string
  readonly layers: readonly string[]
  /** What the two builds differ in; nothing when they are the same. */
  readonly differences: readonly string[]
}

/** The first build is left in `outDir`. The second has a storage of its own, into which the base is brought or made again. */
export const buildTwice = async (options: BuildOptions): Promise<readonly Twice[]> => {
  const firsts = await buildImages(options)
  const folder = await mkdtemp(join(tmpdir(), 'again-'))
  const builder = await findBuilder(join(folder, 'storage'))
  try {
    const seconds = await buildImages({ ...options, outDir: join(folder, 'images'), builder })
    return firsts.map(({ name, reference, archive }) => {
      const again = seconds.find((built) => built.name === name)
      if (again === undefined) throw new Error(`The image ${name} was built once and not a second time.`)
      const [first, second] = [readImage(archive), readImage(again.archive)]
      const layers = first.layers.map(({ digest }) => digest)
      return { name, reference, id: first.id, layers, differences: differences(first, second) }
    })
  } finally {
    await builder.forget()
    await rm(folder, { recursive: true, force: true })
  }
}
