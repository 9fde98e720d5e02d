import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from './run.ts'
import { platform, type Release } from './programs.ts'

const CONNECT_MILLISECONDS = 3_000
const STALLED_MILLISECONDS = 30_000

/** Undefined when the site is not reachable or does not have the file; the caller then builds it. */
const fetchBytes = async (url: string): Promise<Buffer | undefined> => {
  const control = new AbortController()
  let timer = setTimeout(() => control.abort(), CONNECT_MILLISECONDS)
  try {
    const response = await fetch(url, { signal: control.signal })
    if (!response.ok || !response.body) return undefined
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body) {
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(() => control.abort(), STALLED_MILLISECONDS)
    }
    return Buffer.concat(chunks)
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** A checksum file holds either one bare digest or lines of `digest  file`. */
const digestIn = (text: string, file: string): string | undefined => {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+\*?/))
  const named = lines.find(([, name]) => name !== undefined && basename(name) === file)
  return named?.[0] ?? (lines.length <= 2 && lines[0]?.length === 1 ? lines[0][0] : undefined)
}

const unpack = async (archive: Buffer, program: string, folder: string): Promise<string> => {
  const unpacked = join(folder, `${program}.unpacked`)
  mkdirSync(unpacked, { recursive: true })
  writeFileSync(join(unpacked, 'archive.tar.gz'), archive)
  await run('tar', ['-xzf', join(unpacked, 'archive.tar.gz'), '-C', unpacked])
  const found = readdirSync(unpacked, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && entry.name === program,
  )
  if (!found) throw new Error(`The downloaded archive of ${program} does not hold a program of that name.`)
  return join(found.parentPath, found.name)
}

const baseOf = (release: Release): string => (process.env[release.environment] ?? release.base).replace(/\/$/, '')

/** The checksum that the release site states; undefined when it is not reachable or does not have the program. */
const publishedDigest = async (release: Release, program: string): Promise<string | undefined> => {
  const base = baseOf(release)
  if (!base) return undefined
  const file = release.file(program, platform)
  const sums = await fetchBytes(`${base}/${release.checksum(file)}`)
  return sums && digestIn(sums.toString('utf8'), basename(file))
}

/** Whether `program` could be downloaded now. */
export const canDownload = async (release: Release, program: string): Promise<boolean> =>
  (await publishedDigest(release, program)) !== undefined

/**
 * Puts `program` into `folder` from the project's release site, its checksum verified.
 * False when the site is not reachable or has no such file. Throws when the checksum is wrong.
 */
export const download = async (release: Release, program: string, folder: string): Promise<boolean> => {
  const wanted = await publishedDigest(release, program)
  if (!wanted) return false
  const base = baseOf(release)
  const file = release.file(program, platform)
  const bytes = await fetchBytes(`${base}/${file}`)
  if (!bytes) return false
  const got = createHash('sha256').update(bytes).digest('hex')
  if (got !== wanted.toLowerCase())
    throw new Error(
      `The download of ${program} from ${base} has checksum ${got}, its release says ${wanted}; try again, or set ${release.environment} to a site you trust.`,
    )
  const target = join(folder, program)
  if (release.isArchive) renameSync(await unpack(bytes, program, folder), target)
  else writeFileSync(target, bytes)
  chmodSync(target, 0o755)
  return true
}
