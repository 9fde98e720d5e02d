import { mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, run } from './run.ts'
import type { ProgramName, Source } from './programs.ts'

const NEEDED_GIGABYTES = 8

const freeGigabytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return (bavail * bsize) / 1024 ** 3
}

const checkSpace = async (): Promise<void> => {
  const cache = (await run('go', ['env', 'GOCACHE'])).trim()
  mkdirSync(cache, { recursive: true })
  const free = freeGigabytes(cache)
  if (free < NEEDED_GIGABYTES)
    throw new Error(
      `Building needs about ${NEEDED_GIGABYTES} GB in ${cache}, and ${free.toFixed(1)} GB are free; free some space, or set GOCACHE to a folder on a larger disk.`,
    )
}

const folderOf = (source: Source): string => join(import.meta.dirname, 'go', source.folder)

export const goEnvironment = { CGO_ENABLED: '0', GOWORK: 'off' } as const

/** Builds the programs of one source into `folder`, from the module versions that its go.mod pins. */
export const build = async (source: Source, names: readonly ProgramName[], folder: string): Promise<void> => {
  if (!(await isInstalled('go')))
    throw new Error(
      `${names.join(', ')}: not in KUBEBUILDER_ASSETS, not in the cache, and ${source.release.base} cannot be reached; install Go 1.26 or newer to build from source, put the programs into a folder named by KUBEBUILDER_ASSETS, or use a cluster of yours with --context.`,
    )
  await checkSpace()
  const packages = names.flatMap((name) => source.packages[name] ?? [])
  const into = join(folder, 'out')
  mkdirSync(into)
  const options = { cwd: folderOf(source), env: goEnvironment }
  // A machine that also serves a person: the compiler steps back when something else wants the processor.
  await run(
    'nice',
    ['-n', '10', 'go', 'build', '-o', `${into}/`, '-trimpath', '-ldflags', source.linkerFlags, ...packages],
    options,
  )
  for (const name of names) {
    // etcd's server package is called server, not etcd.
    const built =
      (source.packages[name] ?? name)
        .replace(/\/v\d+$/, '')
        .split('/')
        .at(-1) ?? name
    await run('mv', [join(into, built), join(folder, name)])
  }
}
