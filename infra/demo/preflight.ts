/** What the demo needs of this machine, checked in the first seconds, and how long the rest will take. */
import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { imageSpecs } from '../images/images.ts'
import { cacheFolder, missingSources } from '../local/binaries.ts'
import { canDownload } from '../local/download.ts'
import { nodePrograms } from '../local/node.ts'
import { controlPlanePrograms } from '../local/control-plane.ts'
import type { Durations } from '../local/progress.ts'
import type { ProgramName, Source } from '../local/programs.ts'
import { isInstalled, run } from '../local/run.ts'
import { demoClusterFolder, imagesFolder, stateFolder } from './folders.ts'

/** All that is needed besides what containers need; helm and kubectl speak with the cluster. */
export const demoPrograms: readonly ProgramName[] = [...controlPlanePrograms, ...nodePrograms, 'helm']

const OWN_CLUSTER =
  'use a cluster of yours instead: npm run demo -- --context NAME (its nodes must reach the images; see --help)'

const checkUser = (): void => {
  if (process.platform !== 'linux')
    throw new Error(
      `The demo makes a Kubernetes node on this machine, which needs Linux; this is ${process.platform}. Run it in a Linux machine, or ${OWN_CLUSTER}.`,
    )
  if (process.arch !== 'x64')
    throw new Error(
      `The demo builds images for x64, and this machine is ${process.arch}. Run it on an x64 machine, or ${OWN_CLUSTER}.`,
    )
  if (process.getuid?.() !== 0)
    throw new Error(
      `The demo makes a Kubernetes node on this machine, which needs root. Run it as root (sudo npm run demo), or ${OWN_CLUSTER}.`,
    )
}

const GIGABYTE = 1024 ** 3

const checkMemory = (): void => {
  const total = totalmem() / GIGABYTE
  if (total < 3.5)
    throw new Error(
      `The demo needs about 4 GB of memory, and this machine has ${total.toFixed(1)} GB. Use a larger one, or ${OWN_CLUSTER}.`,
    )
}

type Need = { readonly folder: string; readonly gigabytes: number; readonly what: string; readonly remedy: string }

const existingParent = (folder: string): string => (existsSync(folder) ? folder : existingParent(join(folder, '..')))

/** Folders on one file system share what is free there. */
const checkSpace = (needs: readonly Need[]): void => {
  const free = new Map<string, { readonly bytes: number; needed: number; readonly what: Need[] }>()
  for (const need of needs) {
    const { type, blocks, bavail, bsize, files } = statfsSync(existingParent(need.folder))
    const disk = `${type}-${blocks}-${files}`
    const seen = free.get(disk) ?? { bytes: bavail * bsize, needed: 0, what: [] }
    seen.needed += need.gigabytes
    seen.what.push(need)
    free.set(disk, seen)
  }
  for (const { bytes, needed, what } of free.values()) {
    if (bytes >= needed * GIGABYTE) continue
    const parts = what.map(
      (need) => `${need.what} about ${need.gigabytes} GB in ${need.folder} (${need.remedy} moves it)`,
    )
    throw new Error(
      `There is too little disk space: ${(bytes / GIGABYTE).toFixed(1)} GB are free, and the demo needs about ${needed} GB: ${parts.join('; ')}. Free some space and run it again; nothing that is finished is lost.`,
    )
  }
}

/** Older ones cannot fetch the toolchain that a go.mod asks for (https://go.dev/doc/toolchain). */
const OLDEST_GO = 21

const goFault = async (): Promise<string | undefined> => {
  if (!(await isInstalled('go'))) return 'is not installed'
  const version = (await run('go', ['env', 'GOVERSION'])).trim()
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? Number.NaN)
  return minor < OLDEST_GO ? `is too old (${version})` : undefined
}

const buildFolders = async (): Promise<readonly string[]> =>
  (await run('go', ['env', 'GOCACHE', 'GOMODCACHE'])).trim().split('\n')

/** A source that is missing, and whether its release site has it. */
type Wanted = { readonly source: Source; readonly isPublished: boolean }

const wantedSources = async (): Promise<readonly Wanted[]> =>
  await Promise.all(
    missingSources(demoPrograms).map(async ({ source, program }) => ({
      source,
      isPublished: await canDownload(source.release, program),
    })),
  )

export type Outlook = {
  /** What takes long and is not there yet, in words. */
  readonly toDo: readonly string[]
  readonly seconds: number
}

const isBuilt = (name: string): boolean => existsSync(join(imagesFolder, `${name}.tar.hash`))

const SETTLED_SECONDS = 60

/** Throws a sentence with the remedy when this machine cannot run the demo; else says how long it will take. */
export const preflight = async (durations: Durations): Promise<Outlook> => {
  checkUser()
  checkMemory()
  const wanted = await wantedSources()
  const toBuild = wanted.filter(({ isPublished }) => !isPublished).map(({ source }) => source)
  if (toBuild.length) {
    const fault = await goFault()
    if (fault)
      throw new Error(
        `${toBuild.map(({ name }) => name).join(', ')}: the release sites do not answer, and Go, to build from source, ${fault}. Install Go 1.${OLDEST_GO} or newer, make ${[...new Set(toBuild.map(({ release }) => new URL(release.base).host))].join(', ')} reachable, put the programs into a folder named by KUBEBUILDER_ASSETS, or ${OWN_CLUSTER}.`,
      )
  }
  const newImages = imageSpecs.filter(({ name }) => !isBuilt(name))
  const cache = cacheFolder()
  mkdirSync(cache, { recursive: true })
  checkSpace([
    ...(wanted.length
      ? [{ folder: cache, gigabytes: 1, what: 'programs of the cluster', remedy: 'XDG_CACHE_HOME' }]
      : []),
    ...(toBuild.length
      ? (await buildFolders()).map((folder, index) => ({
          folder,
          gigabytes: 4,
          what: index === 0 ? 'the Go compiler' : 'Go sources',
          remedy: index === 0 ? 'GOCACHE' : 'GOMODCACHE',
        }))
      : []),
    ...(newImages.length
      ? [
          { folder: imagesFolder, gigabytes: 2, what: 'image archives', remedy: 'another place for the repository' },
          {
            folder: '/var/lib',
            gigabytes: 2,
            what: 'images while they are built',
            remedy: 'graphroot in storage.conf',
          },
        ]
      : []),
    {
      folder: stateFolder(),
      gigabytes: existsSync(demoClusterFolder()) ? 1 : 3,
      what: 'the running cluster',
      remedy: 'XDG_STATE_HOME',
    },
  ])

  const steps = [
    ...wanted.map(
      ({ source, isPublished }) => `${isPublished ? 'download' : 'build'} ${source.name} ${source.version}`,
    ),
    ...newImages.map(({ name }) => `build the image ${name}`),
  ]
  const seconds = steps.reduce((sum, step) => sum + (durations.estimate(step) ?? 20), SETTLED_SECONDS)
  const names = (chosen: readonly Wanted[]) => chosen.map(({ source }) => source.name).join(', ')
  const downloads = wanted.filter(({ isPublished }) => isPublished)
  const builds = wanted.filter(({ isPublished }) => !isPublished)
  return {
    seconds,
    toDo: [
      ...(downloads.length ? [`download ${names(downloads)}`] : []),
      ...(builds.length ? [`build ${names(builds)} from source, as no release site can be reached`] : []),
      ...(newImages.length ? [`build ${newImages.length} container images`] : []),
    ],
  }
}
