/** Builds the project's images into docker-archive files. The same commit, base and packages give the same bytes. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { version } from '../../shared/images.ts'
import { bundle, programs } from '../build/bundle.ts'
import { withLock } from '../local/lock.ts'
import { silent, type Progress } from '../local/progress.ts'
import { notices } from '../release/project.ts'
import { baseTime, ensureBase, type Base } from './base.ts'
import { findBuilder, type Build, type ImageBuilder } from './builder.ts'
import { assemble, contextFiles, hashInputs } from './context.ts'
import { imageSpecs, licencesFile, type ImageSpec } from './images.ts'
import { snapshotOf, unpinnedBases } from './pinned.ts'

const root = join(import.meta.dirname, '../..')

export type BuildOptions = {
  /** Names of images; all when unset. What they are built on is built with them. */
  readonly names?: readonly string[]
  readonly tag?: string
  /** Folder of the archives. */
  readonly outDir: string
  readonly progress?: Progress
  /** Seconds: when the images say they were made. The day of the base when unset, so that a commit alone changes none. */
  readonly time?: number
  /** Takes the base by its digest and no other, and packages as they were at `time` (pinned.ts). */
  readonly isPinned?: boolean
  /** What this machine has when unset. */
  readonly builder?: ImageBuilder
}

export type BuiltImage = {
  readonly name: string
  readonly reference: string
  /** A docker-archive file. */
  readonly archive: string
  /** False when nothing has changed since the archive was made. */
  readonly isNew: boolean
  /** Changes when what goes into the image changes. */
  readonly hash: string
}

const chosen = (names: readonly string[] | undefined): readonly ImageSpec[] => {
  const known = imageSpecs.map(({ name }) => name)
  for (const name of names ?? [])
    if (!known.includes(name)) throw new Error(`There is no image "${name}"; choose from ${known.join(', ')}.`)
  const wanted = new Set(names ?? known)
  for (const { name, on } of imageSpecs) if (on && wanted.has(name)) wanted.add(on.image)
  return imageSpecs.filter(({ name }) => wanted.has(name))
}

const refuseUnpinned = async (specs: readonly ImageSpec[]): Promise<void> => {
  for (const { name, on } of specs) {
    const file = join(import.meta.dirname, name, 'Dockerfile')
    const [reference] = unpinnedBases(await readFile(file, 'utf8'), on?.argument)
    if (reference !== undefined)
      throw new Error(
        `${relative(process.cwd(), file)} stands on ${reference}, which may be another image tomorrow; name it by its digest (@sha256:…).`,
      )
  }
}

const buildOne = async (
  builder: ImageBuilder,
  files: ReadonlyMap<string, string>,
  archive: string,
  build: Omit<Build, 'context'>,
): Promise<void> => {
  const context = await mkdtemp(join(tmpdir(), 'image-'))
  const partial = `${archive}.partial`
  try {
    await assemble(files, context)
    await builder.build({ ...build, context })
    await rm(partial, { force: true })
    await builder.save(build.reference, partial)
    await rename(partial, archive)
  } finally {
    await rm(context, { recursive: true, force: true })
    await rm(partial, { force: true })
  }
}

/**
 * Builds what has changed: an image is left alone when its Dockerfile, its files, its base, its time and its reference are
 * those of the archive that is there. One run at a time works in a folder. Throws an Error whose message says what is missing.
 */
export const buildImages = async (options: BuildOptions): Promise<readonly BuiltImage[]> => {
  const { outDir, progress = silent } = options
  const specs = chosen(options.names)
  await refuseUnpinned(specs)
  await mkdir(outDir, { recursive: true })
  // What a build writes has the rights that this leaves, whoever builds.
  const umask = process.umask(0o022)
  try {
    return await withLock(
      join(outDir, 'lock'),
      () => buildChanged(specs, options),
      () => progress.step('wait for another run that builds images'),
    )
  } finally {
    process.umask(umask)
  }
}

/** What a Dockerfile asks for; the same for all but what it stands on. */
const argumentsOf = (
  below: readonly [argument: string, reference: string],
  time: number,
  snapshot: string,
): Readonly<Record<string, string>> => ({
  [below[0]]: below[1],
  SOURCE_DATE_EPOCH: String(time),
  DEBIAN_SNAPSHOT: snapshot,
})

const standsOn = (
  { on }: ImageSpec,
  base: Base,
  referenceOf: (name: string) => string,
): readonly [argument: string, reference: string] =>
  on ? [on.argument, referenceOf(on.image)] : ['BASE', base.reference]

const buildChanged = async (
  specs: readonly ImageSpec[],
  { outDir, tag = version, progress = silent, time = baseTime, isPinned = false, builder: given }: BuildOptions,
): Promise<readonly BuiltImage[]> => {
  const builder = given ?? (await findBuilder())

  progress.step('bundle the programs')
  const available = programs.filter(({ name }) => specs.some((spec) => spec.programs.includes(name)))
  await bundle(available.map(({ name }) => name))
  await mkdir(join(root, 'dist'), { recursive: true })
  await writeFile(join(root, licencesFile), notices())
  const base = await ensureBase(builder, outDir, progress, isPinned)
  const snapshot = isPinned ? snapshotOf(time) : ''
  const referenceOf = (name: string): string => `${specs.find((spec) => spec.name === name)?.repository ?? name}:${tag}`

  const built: BuiltImage[] = []
  const hashes = new Map<string, string>()
  for (const spec of specs) {
    const reference = referenceOf(spec.name)
    const archive = join(outDir, `${spec.name}.tar`)
    const files = contextFiles(spec)
    const below = (spec.on && hashes.get(spec.on.image)) ?? base.id
    const hash = await hashInputs(files, [reference, below, String(time), snapshot])
    hashes.set(spec.name, hash)
    const isKnown = existsSync(archive) && (await readFile(`${archive}.hash`, 'utf8').catch(() => '')) === hash
    // What another image is built on has to be in local storage, too.
    const isNeeded = specs.some(({ on }) => on?.image === spec.name) && (await builder.idOf(reference)) === undefined
    if (!isKnown || isNeeded) {
      progress.step(`build the image ${spec.name}`)
      await rm(`${archive}.hash`, { force: true })
      const args = argumentsOf(standsOn(spec, base, referenceOf), time, snapshot)
      await buildOne(builder, files, archive, { reference, args, time })
      await writeFile(`${archive}.hash`, hash)
    }
    built.push({ name: spec.name, reference, archive, isNew: !isKnown, hash })
  }
  progress.done()
  return built
}
