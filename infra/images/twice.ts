/** Builds images two times, each with nothing of what was built before, and compares. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readImage } from './archive.ts'
import { buildImages, type BuildOptions, type BuiltImage } from './build.ts'
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

/** In a storage of its own, into which the base is brought or made as well: one of last week has other packages. */
const buildAnew = async (options: BuildOptions): Promise<readonly BuiltImage[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'anew-'))
  const builder = await findBuilder(join(folder, 'storage'))
  try {
    return await buildImages({ ...options, builder })
  } finally {
    await builder.forget()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Leaves the archives in `first/` and `second/` of `outDir`, which has neither. */
export const buildTwice = async (options: BuildOptions): Promise<readonly Twice[]> => {
  const firsts = await buildAnew({ ...options, outDir: join(options.outDir, 'first') })
  const seconds = await buildAnew({ ...options, outDir: join(options.outDir, 'second') })
  return firsts.map(({ name, reference, archive }) => {
    const second = seconds.find((built) => built.name === name)
    if (second === undefined) throw new Error(`The image ${name} was built once and not a second time.`)
    const [one, other] = [readImage(archive), readImage(second.archive)]
    const layers = one.layers.map(({ digest }) => digest)
    return { name, reference, id: one.id, layers, differences: differences(one, other) }
  })
}
