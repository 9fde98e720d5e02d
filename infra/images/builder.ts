/** The tool that builds: buildah, else docker or podman. One small port, so that the rest does not care which. */
import { isInstalled, run } from '../local/run.ts'

export type ImageBuilder = {
  readonly name: string
  /** The image's id in local storage; undefined when it is not there. */
  readonly idOf: (reference: string) => Promise<string | undefined>
  readonly pull: (reference: string) => Promise<void>
  /** Makes an image of one layer from a tar archive of a root file system. */
  readonly importRootFileSystem: (archive: string, reference: string) => Promise<void>
  readonly build: (context: string, reference: string, args: Readonly<Record<string, string>>) => Promise<void>
  /** Writes a docker-archive; `file` does not exist yet. */
  readonly save: (reference: string, file: string) => Promise<void>
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

const buildah = (): ImageBuilder => {
  // As root the kernel's overlay is there; for others buildah's own default is right.
  const driver = process.getuid?.() === 0 ? ['--storage-driver', 'overlay'] : []
  const call = (...args: string[]): Promise<string> => run('buildah', [...driver, ...args])
  return {
    name: 'buildah',
    idOf: (reference) => idOrUndefined(call('inspect', '--type', 'image', '--format', '{{.FromImageID}}', reference)),
    pull: async (reference) => {
      await run('timeout', [String(pullSeconds), 'buildah', ...driver, 'pull', '--quiet', reference])
    },
    importRootFileSystem: async (archive, reference) => {
      const container = (await call('from', 'scratch')).trim()
      try {
        await call('add', '--quiet', container, archive, '/')
        await call('config', '--cmd', 'bash', container)
        await call('commit', '--quiet', container, reference)
      } finally {
        await call('rm', container)
      }
    },
    build: async (context, reference, args) => {
      // Other ways of isolation need rights and cgroups that a container or a CI machine may not give.
      const isolation = ['--isolation', 'chroot', '--pull-never', '--layers']
      await call('bud', ...isolation, ...buildArgs(args), '--tag', reference, context)
    },
    save: async (reference, file) => {
      await call('push', '--quiet', reference, `docker-archive:${file}:${reference}`)
    },
  }
}

const dockerLike = (command: 'docker' | 'podman'): ImageBuilder => {
  const call = (...args: string[]): Promise<string> => run(command, args)
  return {
    name: command,
    idOf: (reference) => idOrUndefined(call('image', 'inspect', '--format', '{{.Id}}', reference)),
    pull: async (reference) => {
      await run('timeout', [String(pullSeconds), command, 'pull', '--quiet', reference])
    },
    importRootFileSystem: async (archive, reference) => {
      await call('import', '--change', 'CMD ["bash"]', archive, reference)
    },
    build: async (context, reference, args) => {
      await call('build', ...buildArgs(args), '--tag', reference, context)
    },
    save: async (reference, file) => {
      await call('save', '--output', file, reference)
    },
  }
}

const isWorking = async (command: 'docker' | 'podman'): Promise<boolean> =>
  (await isInstalled(command)) &&
  (await run('timeout', ['10', command, 'info']).then(
    () => true,
    () => false,
  ))

/** Throws an Error that says what to install when nothing on this machine can build images. */
export const findBuilder = async (): Promise<ImageBuilder> => {
  if (await isInstalled('buildah')) return buildah()
  for (const command of ['docker', 'podman'] as const) if (await isWorking(command)) return dockerLike(command)
  if (process.getuid?.() === 0 && (await isInstalled('apt-get'))) {
    await run('apt-get', ['update', '--quiet'])
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'buildah', 'mmdebstrap'], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
    return buildah()
  }
  throw new Error('Nothing here can build images; install buildah, or docker or podman and make sure that it runs.')
}
