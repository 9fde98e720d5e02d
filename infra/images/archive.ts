/** Reads a docker-archive, as every builder saves one, without a builder: what is its id, and what is in its layers? */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { posix } from 'node:path'

export interface Entry {
  readonly path: string
  /** As tar has it: `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder. */
  readonly type: string
  readonly mode: number
  readonly owner: string
  /** Seconds. */
  readonly time: number
  readonly link: string
  readonly size: number
  /** Where its content begins in the archive. */
  readonly offset: number
}

export interface Layer {
  /** `sha256:…` of the layer as it is unpacked. */
  readonly digest: string
  readonly entries: readonly Entry[]
}

export interface Image {
  readonly file: string
  /** `sha256:…` of its configuration, which names its layers: the same id is the same image. */
  readonly id: string
  readonly config: Readonly<Record<string, unknown>>
  readonly layers: readonly Layer[]
}

const BLOCK = 512
const CHUNK = 2 ** 20

const bytesOf = (descriptor: number, offset: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset))
}

const digestOf = (descriptor: number, offset: number, size: number): string => {
  const hash = createHash('sha256')
  for (let at = 0; at < size; at += CHUNK) hash.update(bytesOf(descriptor, offset + at, Math.min(CHUNK, size - at)))
  return `sha256:${hash.digest('hex')}`
}

const textOf = (block: Buffer, from: number, length: number): string =>
  block
    .subarray(from, from + length)
    .toString('utf8')
    .replace(/\0.*$/s, '')

/** Octal, or the number itself where it is too big for that. */
const numberOf = (block: Buffer, from: number, length: number): number =>
  (block[from] ?? 0) & 0x80
    ? Number(BigInt(`0x${block.subarray(from + 1, from + length).toString('hex')}`))
    : Number.parseInt(textOf(block, from, length).trim() || '0', 8)

/** Records such as `21 path=usr/bin/node\n` of which the first number is the record's length in bytes. */
const recordsOf = (content: Buffer): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (let at = 0; at < content.length;) {
    const length = Number.parseInt(content.subarray(at, at + 20).toString('latin1'), 10)
    if (!(length > 0)) break
    const [, key = '', value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(content.subarray(at, at + length).toString()) ?? []
    found[key] = value
    at += length
  }
  return found
}

/** POSIX tar with the extensions that Go and GNU write: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
const entriesIn = (descriptor: number, from: number, to: number): Entry[] => {
  const found: Entry[] = []
  let extended: Readonly<Record<string, string>> = {}
  for (let at = from; at + BLOCK <= to;) {
    const block = bytesOf(descriptor, at, BLOCK)
    if ((block[0] ?? 0) === 0) break
    const type = textOf(block, 156, 1) || '0'
    const size = Number(extended['size'] ?? numberOf(block, 124, 12))
    const offset = at + BLOCK
    const content = (): Buffer => bytesOf(descriptor, offset, size)
    at = offset + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'x') extended = recordsOf(content())
    else if (type === 'L') extended = { ...extended, path: textOf(content(), 0, size) }
    else if (type === 'K') extended = { ...extended, linkpath: textOf(content(), 0, size) }
    else if (type !== 'g') {
      const prefix = textOf(block, 257, 6) === 'ustar' ? textOf(block, 345, 155) : ''
      const name = `${prefix === '' ? '' : `${prefix}/`}${textOf(block, 0, 100)}`
      found.push({
        path: posix.normalize(extended['path'] ?? name),
        type,
        mode: numberOf(block, 100, 8),
        owner: `${numberOf(block, 108, 8)}:${numberOf(block, 116, 8)}`,
        time: Math.floor(Number(extended['mtime'] ?? numberOf(block, 136, 12))),
        link: extended['linkpath'] ?? textOf(block, 157, 100),
        size,
        offset,
      })
      extended = {}
    }
  }
  return found
}

const withFile = <T>(file: string, use: (descriptor: number) => T): T => {
  const descriptor = openSync(file, 'r')
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

interface Manifest {
  readonly Config: string
  readonly Layers: readonly string[]
}

/** Throws an Error that names the file where it is no archive of one image. */
export const readImage = (file: string): Image =>
  withFile(file, (descriptor) => {
    const outer = new Map(entriesIn(descriptor, 0, Infinity).map((entry) => [entry.path, entry]))
    const at = (path: string): Entry => {
      const entry = outer.get(path)
      if (entry === undefined) throw new Error(`${file} is no docker-archive of one image: it has no ${path}.`)
      return entry.type === '2' ? at(posix.join(posix.dirname(path), entry.link)) : entry
    }
    const json = ({ offset, size }: Entry): unknown => JSON.parse(bytesOf(descriptor, offset, size).toString())
    const [manifest] = json(at('manifest.json')) as readonly Manifest[]
    const config = at(manifest?.Config ?? 'the configuration')
    return {
      file,
      id: digestOf(descriptor, config.offset, config.size),
      config: json(config) as Readonly<Record<string, unknown>>,
      layers: (manifest?.Layers ?? []).map(at).map(({ offset, size }) => ({
        digest: digestOf(descriptor, offset, size),
        entries: entriesIn(descriptor, offset, offset + size),
      })),
    }
  })

export const contentOf = ({ file }: Image, { offset, size }: Entry): Buffer =>
  withFile(file, (descriptor) => bytesOf(descriptor, offset, size))

/** The file that a container sees at `path`, such as `var/lib/dpkg/status`: that of the uppermost layer that has it. */
export const fileIn = (image: Image, path: string): Buffer | undefined => {
  const found = image.layers.flatMap(({ entries }) => entries.filter((entry) => entry.path === path)).at(-1)
  return found && contentOf(image, found)
}
