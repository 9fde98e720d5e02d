/** The project's images: built from this repository, and brought onto the node of a local cluster. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildImages, type BuiltImage } from '../images/build.ts'
import type { Cluster } from '../local/cluster.ts'
import { writeWhole } from '../local/files.ts'
import { type Progress, silent } from '../local/progress.ts'
import { imagesFolder } from './folders.ts'

/** Builds what has changed. */
export const buildLocalImages = (progress: Progress = silent): Promise<readonly BuiltImage[]> =>
  buildImages({ outDir: imagesFolder, progress })

type Loaded = Readonly<Record<string, string>>

/** Loads the images that the cluster's node does not have yet, or has in another version. */
export const loadImages = async (
  cluster: Cluster,
  images: readonly BuiltImage[],
  progress: Progress = silent,
): Promise<void> => {
  const record = join(cluster.dir, 'images.json')
  const loaded: Loaded = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Loaded) : {}
  const missing = images.filter(({ reference, hash }) => loaded[reference] !== hash)
  let now = loaded
  for (const { name, reference, archive, hash } of missing) {
    progress.step(`load the image ${name}`)
    await cluster.loadImage(archive)
    now = { ...now, [reference]: hash }
    writeWhole(record, JSON.stringify(now, undefined, 2))
  }
  progress.done()
}
