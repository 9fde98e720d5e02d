/** The tool that builds: buildah, else docker or podman. One small port, so that the rest does not care which. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isInstalled, run } from '../local/run.ts'

export interface Build {
  /** Folder of the Dockerfile and of all that it copies. */
  readonly context: string
  readonly reference: string
  readonly args: Readonly<Record<string, string>>
  /** Seconds: when the image and its files say they were made. */
  readonly time: number
}

export type ImageBuilder = {
  readonly name: string
  /** The image's id in local storage; undefined when it is not there. */
  readonly idOf: (reference: string) => Promise<string | undefined>
  readonly pull: (reference: string) => Promise<void>
  /** Makes an image of one layer from a tar archive of a root file system. */
  readonly importRootFileSystem: (archive: string, reference: string, time: number) => Promise<void>
  readonly build: (build: Build) => Promise<void>
  /** Writes a docker-archive with this one name in it; `file` does not exist yet. */
  readonly save: (reference: string, file: string) => Promise<void>
  /** Throws away the storage of a fresh builder. */
  readonly forget: () => Promise<void>
}

// A registry that swallows connections must not cost more than this.
const pullSeconds = 60

const buildArgs = (args: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])

const idOrUndefined = (ask: Promise<string>): Promise<string | undefined> =>
  ask.then(
    (id) => id.trim() || undefined,
    () => undefined,
  )

/** Without a label that names the builder's version, every file as old as `time`. */
const settled = (time: number): readonly string[] => ['--identity-label=false', '--timestamp', String(time)]

/** With a `storage` of its own, a folder, it knows nothing of what was built before. */
const buildah = (storage?: string): ImageBuilder => {
  // As root the kernel's overlay is there; for others buildah's own default is right.
  const driver = process.getuid?.() === 0 ? ['--storage-driver', 'overlay'] : []
  const place = storage === undefined ? [] : ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')]
  const call = (...args: string[]): Promise<string> => run('buildah', [...driver, ...place, ...args])
  const idOf = (reference: string): Promise<string | undefined> =>
    idOrUndefined(call('inspect', '--type', 'image', '--format', '{{.FromImageID}}', reference))
  return {
    name: 'buildah',
    idOf,
    pull: async (reference) => {
      await run('timeout', [String(pullSeconds), 'buildah', ...driver, ...place, 'pull', '--quiet', reference])
    },
    importRootFileSystem: async (archive, reference, time) => {
      const container = (await call('from', 'scratch')).trim()
      try {
        await call('add', '--quiet', container, archive, '/')
        await call('config', '--cmd', 'bash', container)
        await call('commit', '--quiet', ...settled(time), container, reference)
      } finally {
        await call('rm', container)
      }
    },
    build: async ({ context, reference, args, time }) => {
      // Other ways of isolation need rights and cgroups that a container or a CI machine may not give.
      const isolation = ['--isolation', 'chroot', '--pull-never', '--layers']
      await call('bud', ...isolation, ...settled(time), ...buildArgs(args), '--tag', reference, context)
    },
    save: async (reference, file) => {
      // By its id: by a name it would be saved with all the names it has.
      await call('push', '--quiet', (await idOf(reference)) ?? reference, `docker-archive:${file}:${reference}`)
    },
    forget: async () => {
      if (storage === undefined) return
      // It may still be mounted where a build was broken off.
      await call('rm', '--all').catch(() => '')
      await rm(storage, { recursive: true, force: true })
    },
  }
}

const dockerLike = (command: 'docker' | 'podman', isFresh: boolean): ImageBuilder => {
  const call = (...args: string[]): Promise<string> => run(command, args)
  // docker's own builder takes the time of an image from SOURCE_DATE_EPOCH, and leaves that of its files.
  const options = (time: number): readonly string[] => [
    ...(isFresh ? ['--no-cache'] : []),
    ...(command === 'podman' ? settled(time) : []),
  ]
  return {
    name: command,
    idOf: (reference) => idOrUndefined(call('image', 'inspect', '--format', '{{.Id}}', reference)),
    pull: async (reference) => {
      await run('timeout', [String(pullSeconds), command, 'pull', '--quiet', reference])
    },
    importRootFileSystem: async (archive, reference) => {
      await call('import', '--change', 'CMD ["bash"]', archive, reference)
    },
    build: async ({ context, reference, args, time }) => {
      await call('build', ...options(time), ...buildArgs(args), '--tag', reference, context)
    },
    save: async (reference, file) => {
      await call('save', '--output', file, reference)
    },
    forget: async () => {},
  }
}

const isWorking = async (command: 'docker' | 'podman'): Promise<boolean> =>
  (await isInstalled(command)) &&
  (await run('timeout', ['10', command, 'info']).then(
    () => true,
    () => false,
  ))

/**
 * With `storage`, a folder that is thrown away, the builder takes nothing from what was built before; docker and podman
 * build without their cache then. Throws an Error that says what to install when nothing on this machine can build images.
 */
export const findBuilder = async (storage?: string): Promise<ImageBuilder> => {
  if (await isInstalled('buildah')) return buildah(storage)
  for (const command of ['docker', 'podman'] as const)
    if (await isWorking(command)) return dockerLike(command, storage !== undefined)
  if (process.getuid?.() === 0 && (await isInstalled('apt-get'))) {
    await run('apt-get', ['update', '--quiet'])
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'buildah', 'mmdebstrap'], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
    return buildah(storage)
  }
  throw new Error('Nothing here can build images; install buildah, or docker or podman and make sure that it runs.')
}
