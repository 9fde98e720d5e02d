/** The files of a release, as data: the same sources give the same bytes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { TarEntry } from '../local/tar.ts'
import { tar } from '../local/tar.ts'

/** Every file below `folder`, under `prefix`, in the order of its names. Programs are those that begin with `#!`. */
export const entriesOf = (folder: string, prefix: string): TarEntry[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted()
    .map((file) => {
      const content = readFileSync(file)
      const mode = content.subarray(0, 2).toString('latin1') === '#!' ? 0o755 : 0o644
      return { path: `${prefix}/${relative(folder, file)}`, content, mode }
    })

/** No time and no name is in its header. */
export const tgz = (entries: readonly TarEntry[]): Buffer => gzipSync(tar(entries), { level: 9 })

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly bin: Readonly<Record<string, string>>
  readonly type: string
}

/** What kubeoc asks for when it starts (cli/main.ts). The repository's own scripts begin on older ones. */
const engines = { node: '>=22' }

/**
 * package.json of what is published: the bundles are all there is, so that nothing else is installed with them.
 * `repository` is where it is built; npm compares it with what its provenance says.
 */
export const publishedManifest = (
  { name, version, description, license, bin, type }: Manifest,
  repository?: string,
): string => {
  const from = repository !== undefined && { repository: { type: 'git', url: `git+${repository}.git` } }
  return `${JSON.stringify({ name, version, description, license, ...from, type, bin, engines }, undefined, 2)}\n`
}

/** As `sha256sum --check` reads them, of names of files and their sums. */
export const checksums = (sums: ReadonlyMap<string, string>): string =>
  [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join('')
