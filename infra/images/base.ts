/** The base image of all others: what it is exactly, and wherever it can be had from. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '../local/progress.ts'
import { isInstalled, run } from '../local/run.ts'
import type { ImageBuilder } from './builder.ts'

/**
 * Debian's own slim image of that day, for every architecture there is. Who takes a newer one changes the three lines,
 * and the Dockerfiles, which a test compares.
 */
const debian = {
  tag: 'bookworm-20260824-slim',
  digest: 'sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171',
  release: 'bookworm',
} as const

export const baseImage = `docker.io/library/debian@${debian.digest}`

/** Seconds: the day in the base's tag. Builds that name no other time say that they are of this one. */
export const baseTime = Date.parse(debian.tag.replace(/^.*-(\d{4})(\d\d)(\d\d)-.*$/, '$1-$2-$3T00:00:00Z')) / 1000

/** Under a name of its own, so that it is not taken for Debian's. */
const standIn = `localhost/kubeopencode-base:${debian.release}`

// What the official slim image leaves out, too. Without usr-is-merged its alternative comes, and all of Perl with it.
const leftOut = ['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

const makeStandIn = async (builder: ImageBuilder, folder: string, progress: Progress): Promise<void> => {
  progress.step('make the base image')
  const archive = join(folder, 'base.tar')
  try {
    await run(
      'mmdebstrap',
      [
        '--quiet',
        '--variant=minbase',
        '--include=usr-is-merged',
        ...leftOut,
        '--dpkgopt=path-include=/usr/share/doc/*/copyright',
        // They are this machine's own.
        '--customize-hook=rm -f "$1"/etc/resolv.conf "$1"/etc/hostname',
        debian.release,
        archive,
      ],
      // No file is newer than this, and the same packages give the same archive.
      { env: { SOURCE_DATE_EPOCH: String(baseTime) } },
    )
    await builder.importRootFileSystem(archive, standIn, baseTime)
  } finally {
    await rm(archive, { force: true })
  }
}

export interface Base {
  /** What the Dockerfiles are to stand on. */
  readonly reference: string
  readonly id: string
  /** False for one that was made here of the packages that the distribution has today. */
  readonly isPinned: boolean
}

const asBase = (reference: string, id: string | undefined, isPinned: boolean): readonly Base[] =>
  id === undefined ? [] : [{ reference, id, isPinned }]

/**
 * The base in the builder's storage: pulled by its digest, or, unless it has to be pinned, one like it that is made of the
 * distribution's packages. Throws an Error that says what is missing where there is neither.
 */
export const ensureBase = async (
  builder: ImageBuilder,
  folder: string,
  progress: Progress,
  hasToBePinned = false,
): Promise<Base> => {
  const present = async (): Promise<readonly Base[]> => [
    ...asBase(baseImage, await builder.idOf(baseImage), true),
    ...(hasToBePinned ? [] : asBase(standIn, await builder.idOf(standIn), false)),
  ]
  const [found] = await present()
  if (found !== undefined) return found

  progress.step(`look for ${baseImage}`)
  const failure = await builder.pull(baseImage).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure !== undefined) {
    if (hasToBePinned)
      throw new Error(
        `${baseImage} could not be pulled, and a pinned build stands on no other; make the registry reachable, or build without --pinned.`,
        { cause: failure },
      )
    if (!(await isInstalled('mmdebstrap')))
      throw new Error(
        `${baseImage} could not be pulled, and mmdebstrap is not there to make one like it from packages; make the registry reachable or install mmdebstrap.`,
        { cause: failure },
      )
    progress.note(`${baseImage} cannot be pulled here; one like it is made from the distribution's packages of today.`)
    await makeStandIn(builder, folder, progress)
  }
  const [made] = await present()
  if (made === undefined)
    throw new Error(`${builder.name} does not show its base image after it was made; look at its storage.`)
  return made
}
