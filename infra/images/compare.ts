/** What two builds of one image differ in, in words. */
import { contentOf, type Entry, type Image, type Layer } from './archive.ts'

/** More than this is of no use to whoever looks for the cause. */
const most = 20

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Where two values differ, as far down as they have the same shape. */
const leaves = (path: string, one: unknown, other: unknown): string[] => {
  if (isBranch(one) && isBranch(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)])
    return [...keys].flatMap((key) => leaves(`${path}.${key}`, Reflect.get(one, key), Reflect.get(other, key)))
  }
  const [first, second] = [one, other].map((value) => JSON.stringify(value) ?? 'nothing')
  return first === second ? [] : [`${path}: ${first} and ${second}`]
}

/** What follows from other layers: their digests, and in the history the ids of what is below. */
const followsFromLayers = (difference: string): boolean =>
  /^configuration\.(rootfs\.|history\.\d+\.comment:)/.test(difference)

const aspects = ['type', 'mode', 'owner', 'time', 'link', 'size'] as const

const entryDifference = (images: readonly [Image, Image], first: Entry, second: Entry): string[] => {
  const found = aspects.find((aspect) => first[aspect] !== second[aspect])
  if (found !== undefined) return [`${first.path}: ${found} ${first[found]} and ${second[found]}`]
  return contentOf(images[0], first).equals(contentOf(images[1], second)) ? [] : [`${first.path}: another content`]
}

const layerDifferences = (images: readonly [Image, Image], number: number, first: Layer, second: Layer): string[] => {
  if (first.digest === second.digest) return []
  const others = new Map(second.entries.map((entry) => [entry.path, entry]))
  const paths = new Set(first.entries.map(({ path }) => path))
  const found = [
    ...first.entries.flatMap((entry) => {
      const other = others.get(entry.path)
      return other ? entryDifference(images, entry, other) : [`${entry.path}: only in the first`]
    }),
    ...second.entries.filter(({ path }) => !paths.has(path)).map(({ path }) => `${path}: only in the second`),
  ]
  return (found.length > 0 ? found : ['the order of its files']).map((what) => `layer ${number}: ${what}`)
}

/** Nothing when the two are one image. */
export const differences = (first: Image, second: Image): string[] => {
  if (first.id === second.id) return []
  const count = Math.max(first.layers.length, second.layers.length)
  const found = Array.from({ length: count }, (_, at) => {
    const [one, other] = [first.layers[at], second.layers[at]]
    if (one && other) return layerDifferences([first, second], at + 1, one, other)
    return [`layer ${at + 1}: only in the ${one ? 'first' : 'second'}`]
  }).flat()
  const config = leaves('configuration', first.config, second.config)
  const shown = found.length > 0 ? [...config.filter((each) => !followsFromLayers(each)), ...found] : config
  return shown.length > most ? [...shown.slice(0, most), `and ${shown.length - most} more`] : shown
}
