import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { CommandError, UsageError } from '../errors.ts'

/** A manifest file as it was read; `-` is what came on stdin. */
export interface ManifestFile {
  readonly name: string
  readonly text: string
}

/** More than the apiserver takes of one object many times over; a log that was named by mistake is not read into memory. */
const mostBytes = 64 * 1024 * 1024

const isManifest = (name: string): boolean => /\.(ya?ml|json)$/i.test(name)

const reading: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
}

const why = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reading[code] ?? (code || String(error))
}

/** Manifests below a folder, in the order of their names; hidden folders and those of packages are left out. */
const below = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(folder, entry.name)
        const isFolder = entry.isSymbolicLink() ? (await stat(path)).isDirectory() : entry.isDirectory()
        // A link to a folder may lead in a circle.
        if (isFolder) return entry.isSymbolicLink() ? [] : below(path)
        return isManifest(entry.name) ? [path] : []
      }),
  )
  return found.flat()
}

const readAll = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer)
    size += bytes.length
    if (size > mostBytes)
      throw new CommandError(`stdin has more than ${mostBytes / 1024 / 1024} MiB: that is no manifest`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What the names say: files, folders with all their manifests, `-` for stdin. Throws a sentence where one cannot be read. */
export const readManifests = async (names: readonly string[], stdin: Readable): Promise<ManifestFile[]> => {
  if (names.length === 0) throw new UsageError('say which files: -f FILE, -f FOLDER, or -f - for stdin')
  const files: ManifestFile[] = []
  for (const name of names) {
    if (name === '-') {
      files.push({ name: '-', text: await readAll(stdin) })
      continue
    }
    try {
      const isFolder = (await stat(name)).isDirectory()
      const paths = isFolder ? await below(name) : [name]
      if (isFolder && paths.length === 0) throw new CommandError(`${name} has no .yaml, .yml or .json file in it`)
      for (const path of paths) {
        const { size } = await stat(path)
        if (size > mostBytes)
          throw new CommandError(`${path} has more than ${mostBytes / 1024 / 1024} MiB: that is no manifest`)
        files.push({ name: path, text: await readFile(path, 'utf8') })
      }
    } catch (error) {
      if (error instanceof CommandError) throw error
      throw new CommandError(`${name} cannot be read: ${why(error)}`, { cause: error })
    }
  }
  return files
}
