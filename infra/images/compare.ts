/** What two builds of one image differ in, in words. */
import { contentOf, type Entry, type Image, type Layer } from './archive.ts'

/** More than this is of no use to whoever looks for the cause. */
const most = 20

const configDifferences = (first: Image, second: Image): string[] =>
  [...new Set([...Object.keys(first.config), ...Object.keys(second.config)])].flatMap((key) => {
    const [one, other] = [first, second].map(({ config }) => JSON.stringify(config[key]) ?? 'nothing')
    // Whatever differs in a layer shows here too, and is told better there.
    return one === other || key === 'rootfs' ? [] : [`${key} of the configuration: ${one} and ${other}`]
  })

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
  const all = [...configDifferences(first, second), ...found]
  const shown = all.length > 0 ? all : [`the id: ${first.id} and ${second.id}`]
  return shown.length > most ? [...shown.slice(0, most), `and ${shown.length - most} more`] : shown
}
