/** Builds the project's images into docker-archive files: `npx node infra/images/build.ts [--tag TAG] [--out DIR] [name…]`. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { version } from '../../shared/images.ts'
import { bundle, programs } from '../build/bundle.ts'
import { withLock } from '../local/lock.ts'
import { silent, type Progress } from '../local/progress.ts'
import { ensureBase } from './base.ts'
import { findBuilder, type ImageBuilder } from './builder.ts'
import { imageSpecs, type ImageSpec } from './images.ts'

const root = join(import.meta.dirname, '../..')

export type BuildOptions = {
  /** Names of images; all when unset. What they are built on is built with them. */
  readonly names?: readonly string[]
  readonly tag?: string
  /** Folder of the archives. */
  readonly outDir: string
  readonly progress?: Progress
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

/** A file as it is; of a folder every file below it. */
const filesOf = (path: string, source: string): readonly (readonly [string, string])[] =>
  statSync(source).isDirectory()
    ? readdirSync(source, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((file) => [join(path, relative(source, file)), file] as const)
    : [[path, source]]

/** Path in the context to absolute source, without the optional files that are missing. */
const contextFiles = ({ name, files }: ImageSpec): ReadonlyMap<string, string> => {
  const found = new Map([['Dockerfile', join(import.meta.dirname, name, 'Dockerfile')]])
  for (const [path, source] of Object.entries(files)) {
    const file = join(root, source.replace(/\?$/, ''))
    if (existsSync(file)) for (const [within, one] of filesOf(path, file)) found.set(within, one)
    else if (!source.endsWith('?'))
      throw new Error(`The image ${name} needs ${source}, which is missing; run npm ci and try again.`)
  }
  return found
}

const hashFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

const hashInputs = async (files: ReadonlyMap<string, string>, reference: string, below: string): Promise<string> => {
  const hash = createHash('sha256').update(`${reference}\n${below}\n`)
  for (const [path, file] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path} ${(await stat(file)).mode & 0o111} ${await hashFile(file)}\n`)
  return hash.digest('hex')
}

const assemble = async (files: ReadonlyMap<string, string>, context: string): Promise<void> => {
  for (const [path, file] of files) {
    const target = join(context, path)
    await mkdir(dirname(target), { recursive: true })
    // A link costs nothing for files of 100 MB and more; another file system needs the copy.
    await link(file, target).catch(() => copyFile(file, target))
  }
}

const buildOne = async (
  builder: ImageBuilder,
  files: ReadonlyMap<string, string>,
  reference: string,
  archive: string,
  args: Readonly<Record<string, string>>,
): Promise<void> => {
  const context = await mkdtemp(join(tmpdir(), 'image-'))
  const partial = `${archive}.partial`
  try {
    await assemble(files, context)
    await builder.build(context, reference, args)
    await rm(partial, { force: true })
    await builder.save(reference, partial)
    await rename(partial, archive)
  } finally {
    await rm(context, { recursive: true, force: true })
    await rm(partial, { force: true })
  }
}

/**
 * Builds what has changed: an image is left alone when its Dockerfile, its files, its base and its reference are those
 * of the archive that is there. One run at a time works in a folder. Throws an Error whose message says what is missing.
 */
export const buildImages = async (options: BuildOptions): Promise<readonly BuiltImage[]> => {
  const { outDir, progress = silent } = options
  const specs = chosen(options.names)
  await mkdir(outDir, { recursive: true })
  return await withLock(
    join(outDir, 'lock'),
    () => buildChanged(specs, options),
    () => progress.step('wait for another run that builds images'),
  )
}

const buildChanged = async (
  specs: readonly ImageSpec[],
  { outDir, tag = version, progress = silent }: BuildOptions,
): Promise<readonly BuiltImage[]> => {
  const builder = await findBuilder()

  progress.step('bundle the programs')
  const available = programs.filter(({ name }) => specs.some((spec) => spec.programs.includes(name)))
  await bundle(available.map(({ name }) => name))
  const base = await ensureBase(builder, outDir, progress)

  const built: BuiltImage[] = []
  const hashes = new Map<string, string>()
  for (const spec of specs) {
    const reference = `${spec.repository}:${tag}`
    const archive = join(outDir, `${spec.name}.tar`)
    const files = contextFiles(spec)
    const hash = await hashInputs(files, reference, (spec.on && hashes.get(spec.on.image)) ?? base)
    hashes.set(spec.name, hash)
    const isKnown = existsSync(archive) && (await readFile(`${archive}.hash`, 'utf8').catch(() => '')) === hash
    // What another image is built on has to be in local storage, too.
    const isNeeded = specs.some(({ on }) => on?.image === spec.name) && (await builder.idOf(reference)) === undefined
    if (!isKnown || isNeeded) {
      progress.step(`build the image ${spec.name}`)
      await rm(`${archive}.hash`, { force: true })
      const below = specs.find(({ name }) => name === spec.on?.image)
      const args = spec.on && below ? { [spec.on.argument]: `${below.repository}:${tag}` } : {}
      await buildOne(builder, files, reference, archive, args)
      await writeFile(`${archive}.hash`, hash)
    }
    built.push({ name: spec.name, reference, archive, isNew: !isKnown, hash })
  }
  progress.done()
  return built
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { tag: { type: 'string' }, out: { type: 'string', default: join(root, '.cache/images') } },
    allowPositionals: true,
  })
  const progress: Progress = {
    step: (name) => console.error(`  ${name} …`),
    note: (text) => console.error(`  ${text}`),
    done: () => undefined,
  }
  try {
    const images = await buildImages({
      outDir: values.out,
      progress,
      ...(values.tag !== undefined && { tag: values.tag }),
      ...(positionals.length > 0 && { names: positionals }),
    })
    for (const { reference, archive, isNew } of images)
      console.log(
        `${isNew ? 'built    ' : 'unchanged'} ${reference}  ${((await stat(archive)).size / 1e6).toFixed(0)} MB  ${archive}`,
      )
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
