/** `npm run images -- [--tag TAG] [--out FOLDER] [--pinned] [--twice] [NAME…]`: the project's images, as files. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Argument, Option } from 'commander'
import { buildTime } from '../build/time.ts'
import { createCommand, runCommand } from '../command.ts'
import type { Progress } from '../local/progress.ts'
import { readImage } from './archive.ts'
import { buildImages, type BuildOptions } from './build.ts'
import { imageSpecs } from './images.ts'
import { buildTwice, type Twice } from './twice.ts'

interface Options {
  readonly tag?: string
  readonly out: string
  readonly pinned?: boolean
  readonly twice?: boolean
}

const cache = join(import.meta.dirname, '../../.cache/images')

const progress: Progress = {
  step: (name) => console.error(`  ${name} …`),
  note: (text) => console.error(`  ${text}`),
  done: () => undefined,
}

const once = async (options: BuildOptions): Promise<void> => {
  for (const { reference, archive, isNew } of await buildImages(options)) {
    const megabytes = ((await stat(archive)).size / 1e6).toFixed(0)
    const { id } = readImage(archive)
    console.log(
      `${isNew ? 'built    ' : 'unchanged'} ${reference}  ${id}  ${megabytes} MB  ${relative(process.cwd(), archive)}`,
    )
  }
}

const comparedBuilds = async (options: BuildOptions): Promise<readonly Twice[]> => {
  const outDir = await mkdtemp(join(tmpdir(), 'twice-'))
  try {
    return await buildTwice({ ...options, outDir })
  } finally {
    await rm(outDir, { recursive: true })
  }
}

const twice = async (options: BuildOptions): Promise<void> => {
  const compared = await comparedBuilds(options)
  for (const { reference, id, layers, differences } of compared) {
    console.log(`${differences.length === 0 ? 'the same ' : 'DIFFERENT'} ${reference}  ${id}`)
    for (const layer of layers) console.log(`            ${layer}`)
    for (const difference of differences) console.log(`  ${difference}`)
  }
  const different = compared.filter(({ differences }) => differences.length > 0).map(({ name }) => name)
  if (different.length > 0) throw new Error(`Two builds of ${different.join(', ')} are not the same.`)
}

await runCommand(
  createCommand({
    name: 'npm run images --',
    usage: '[--tag TAG] [--out FOLDER] [--pinned] [--twice] [NAME…]',
    description: 'Builds images into docker-archive files; all of them, if none is named.',
    needs: [],
    examples: [
      'npm run images',
      'npm run images -- --tag v0.1.0 --out dist/images kubeopencode agent-attach',
      'npm run images -- --twice agent-attach',
    ],
  })
    .addArgument(new Argument('[name...]', 'of images').choices(imageSpecs.map(({ name }) => name)))
    .option('--tag <tag>', 'of the references; the version when unset')
    .addOption(new Option('--out <folder>', 'where the archives are written').default(cache, '.cache/images'))
    .option('--pinned', 'the base by its digest and no other, packages as they were when the commit was made')
    .option(
      '--twice',
      'build two times, each with nothing of earlier builds, keep neither, and fail where they are not the same',
    )
    .action(async (names: readonly string[], { tag, out, pinned = false, twice: isTwice = false }: Options) => {
      // A commit alone changes no image that is built for this machine; one that others are to compare with theirs has its time.
      const isSettled = pinned || process.env['SOURCE_DATE_EPOCH'] !== undefined
      const options: BuildOptions = {
        outDir: out,
        progress,
        isPinned: pinned,
        ...(tag !== undefined && { tag }),
        ...(names.length > 0 && { names }),
        ...(isSettled && { time: buildTime() }),
      }
      await (isTwice ? twice(options) : once(options))
    }),
)
