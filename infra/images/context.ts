/** The folder that an image is built from: its Dockerfile and the files of its table, and nothing else. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { ImageSpec } from './images.ts'

const root = join(import.meta.dirname, '../..')

/** A file as it is; of a folder every file below it. */
const filesOf = (path: string, source: string): readonly (readonly [string, string])[] =>
  statSync(source).isDirectory()
    ? readdirSync(source, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((file) => [join(path, relative(source, file)), file] as const)
    : [[path, source]]

/** Path in the context to absolute source, without the optional files that are missing. */
export const contextFiles = ({ name, files }: ImageSpec): ReadonlyMap<string, string> => {
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

/** Of the files and of `words`, whatever else the image depends on. */
export const hashInputs = async (files: ReadonlyMap<string, string>, words: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(`${words.join('\n')}\n`)
  for (const [path, file] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path} ${(await stat(file)).mode & 0o100} ${await hashFile(file)}\n`)
  return hash.digest('hex')
}

/** Brings the files into `context`, a folder, with the rights that a checkout gives them whatever the umask was. */
export const assemble = async (files: ReadonlyMap<string, string>, context: string): Promise<void> => {
  for (const [path, file] of files) {
    const target = join(context, path)
    await mkdir(dirname(target), { recursive: true })
    const { mode } = await stat(file)
    const wanted = mode & 0o100 ? 0o755 : 0o644
    const copy = async (): Promise<void> => {
      await copyFile(file, target)
      await chmod(target, wanted)
    }
    // A link costs nothing for files of 100 MB and more; another file system needs the copy.
    if ((mode & 0o777) === wanted) await link(file, target).catch(copy)
    else await copy()
  }
}
