/**
 * Writing where an agent writes too. Every step down is taken from an open directory and follows no link, so that a
 * link the agent puts in the way, at whatever moment, leads nowhere outside.
 */
import { constants } from 'node:fs'
import { lstat, mkdir, open, readlink, type FileHandle } from 'node:fs/promises'

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Path by which Linux reaches what is below an open directory, whatever has become of its name meanwhile. */
const below = (directory: FileHandle, name: string): string => `/proc/self/fd/${directory.fd}/${name}`

/** A link or a file is where a directory should be. */
export class InTheWay extends Error {}

const step = async (directory: FileHandle, name: string, make: boolean): Promise<FileHandle | undefined> => {
  if (make)
    await mkdir(below(directory, name)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  try {
    return await open(below(directory, name), flags)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'ENOTDIR') throw new InTheWay(name, { cause: error })
    throw error
  }
}

/**
 * Calls `use` with a path of the file `path` below `root` that holds as long as the call lasts. Undefined where one of
 * its directories is missing and may not be made. Throws InTheWay.
 */
export const at = async <T>(
  root: string,
  path: string,
  use: (path: string) => Promise<T>,
  options: { readonly make?: boolean } = {},
): Promise<T | undefined> => {
  const names = path.split('/')
  const last = names.pop() ?? ''
  let directory = await open(root, flags)
  try {
    for (const name of names) {
      const next = await step(directory, name, options.make ?? false)
      if (!next) return undefined
      await directory.close()
      directory = next
    }
    return await use(below(directory, last))
  } finally {
    await directory.close()
  }
}

/** One file as it is compared: what it is, and a mark that changes whenever its content does. */
export type Seen =
  | { readonly kind: 'none' | 'other' }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'file'; readonly size: number; readonly isExecutable: boolean; readonly mark: string }

export const look = async (path: string): Promise<Seen> => {
  try {
    const stat = await lstat(path, { bigint: true })
    if (stat.isSymbolicLink()) return { kind: 'link', to: await readlink(path) }
    if (!stat.isFile()) return { kind: 'other' }
    const mark = [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ')
    return { kind: 'file', size: Number(stat.size), isExecutable: (stat.mode & 0o100n) !== 0n, mark }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return { kind: 'none' }
    throw error
  }
}

const chunk = 256 * 1024

const read = async (file: FileHandle, buffer: Buffer, position: number): Promise<number> => {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** Whether both paths have the same file: link target, or bytes and executable bit; nothing there counts as the same. */
export const isSameFile = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = await Promise.all([look(one), look(other)])
  if (a.kind === 'link' || b.kind === 'link') return a.kind === 'link' && b.kind === 'link' && a.to === b.to
  if (a.kind !== 'file' || b.kind !== 'file') return a.kind === b.kind && a.kind === 'none'
  if (a.size !== b.size || a.isExecutable !== b.isExecutable) return false
  // A pipe that took the file's place since must not hold us.
  const opened = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const files = await Promise.all([open(one, opened), open(other, opened)])
  const [first, second] = files
  try {
    const [left, right] = [Buffer.alloc(chunk), Buffer.alloc(chunk)]
    for (let position = 0; ; position += chunk) {
      const [count, otherCount] = await Promise.all([read(first, left, position), read(second, right, position)])
      if (count !== otherCount || !left.subarray(0, count).equals(right.subarray(0, count))) return false
      if (count < chunk) return true
    }
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}
