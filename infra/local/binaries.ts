import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { canDownload, download } from './download.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'
import { type ProgramName, type Source, sources } from './programs.ts'

export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubeopencode')

const folderFor = (source: Source): string => join(cacheFolder(), 'bin', `${source.name}-${source.version}`)

const found = (source: Source, name: ProgramName): string | undefined =>
  [process.env['KUBEBUILDER_ASSETS'], folderFor(source)]
    .flatMap((folder) => (folder ? [join(folder, name)] : []))
    .find((file) => existsSync(file))

/** Sources of which a program is neither in KUBEBUILDER_ASSETS nor in the cache, each with one that is missing. */
export const missingSources = (
  names: readonly ProgramName[],
): { readonly source: Source; readonly program: ProgramName }[] =>
  sources.flatMap((source) => {
    const program = names.find((name) => source.packages[name] !== undefined && !found(source, name))
    return program ? [{ source, program }] : []
  })

/** Downloads what the release site has and builds the rest, in a folder of its own, then moves whole programs in. */
const obtain = async (source: Source, names: readonly ProgramName[], progress: Progress): Promise<void> => {
  const target = folderFor(source)
  for (const left of readdirSync(target).filter((entry) => entry.startsWith('unfinished-')))
    rmSync(join(target, left), { recursive: true, force: true })
  const folder = mkdtempSync(join(target, 'unfinished-'))
  try {
    const toBuild = [...names]
    const [first] = names
    if (first !== undefined && (await canDownload(source.release, first))) {
      progress.step(`download ${source.name} ${source.version}`)
      while (toBuild[0] !== undefined && (await download(source.release, toBuild[0], folder))) toBuild.shift()
    }
    if (toBuild.length) {
      progress.step(`build ${source.name} ${source.version}`)
      await build(source, toBuild, folder)
    }
    for (const name of names) renameSync(join(folder, name), join(target, name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The paths of the programs, obtained first where they are missing: KUBEBUILDER_ASSETS, the cache, the projects'
 * release sites, a build from the pinned Go modules. Throws a sentence with the remedy when none of these works.
 */
export const ensureBinaries = async <Name extends ProgramName>(
  names: readonly Name[],
  progress: Progress,
): Promise<Record<Name, string>> => {
  const paths = new Map<ProgramName, string>()
  for (const source of sources) {
    const wanted = [...new Set(names)].filter((name) => source.packages[name] !== undefined)
    const missing = () => wanted.filter((name) => !found(source, name))
    if (missing().length) {
      mkdirSync(folderFor(source), { recursive: true })
      await withLock(
        join(folderFor(source), 'lock'),
        async () => (missing().length ? obtain(source, missing(), progress) : undefined),
        () => progress.step(`wait for another run that obtains ${source.name}`),
      )
    }
    for (const name of wanted) paths.set(name, found(source, name) ?? join(folderFor(source), name))
  }
  progress.done()
  return Object.fromEntries(names.map((name) => [name, paths.get(name)])) as Record<Name, string>
}
