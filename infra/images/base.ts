/** The base image of all others, wherever it can be had from. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '../local/progress.ts'
import { isInstalled, run } from '../local/run.ts'
import type { ImageBuilder } from './builder.ts'

export const baseImage = 'docker.io/library/debian:bookworm-slim'
const release = 'bookworm'

// What the official slim image leaves out, too. Without usr-is-merged its alternative comes, and all of Perl with it.
const leftOut = ['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

/** Returns the id of the base image; pulls it, or makes an equal one from the distribution's packages. */
export const ensureBase = async (builder: ImageBuilder, folder: string, progress: Progress): Promise<string> => {
  const present = await builder.idOf(baseImage)
  if (present !== undefined) return present

  progress.step(`look for ${baseImage}`)
  const failure = await builder.pull(baseImage).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure !== undefined) {
    if (!(await isInstalled('mmdebstrap')))
      throw new Error(
        `${baseImage} could not be pulled, and mmdebstrap is not there to make it from packages; make the registry reachable or install mmdebstrap.`,
        { cause: failure },
      )
    progress.note(`${baseImage} cannot be pulled here; it is made from the distribution's packages.`)
    progress.step('make the base image')
    const archive = join(folder, 'base.tar')
    try {
      await run('mmdebstrap', [
        '--quiet',
        '--variant=minbase',
        '--include=usr-is-merged',
        ...leftOut,
        '--dpkgopt=path-include=/usr/share/doc/*/copyright',
        release,
        archive,
      ])
      await builder.importRootFileSystem(archive, baseImage)
    } finally {
      await rm(archive, { force: true })
    }
  }
  const id = await builder.idOf(baseImage)
  if (id === undefined)
    throw new Error(`${builder.name} does not show ${baseImage} after it was made; look at its storage.`)
  return id
}
