import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'

/** The parts of a V8 CPU profile that are read (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Ids of nodes, and the microseconds before each. */
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

/** A name and the milliseconds it had the processor. */
export type Share = readonly [name: string, milliseconds: number]

export interface Spent {
  /** Milliseconds in which something ran, the collector of garbage included. */
  readonly busy: number
  readonly idle: number
  /** By package, by folder of this project, or what of Node it is; time in what they call is not theirs. */
  readonly modules: readonly Share[]
  readonly functions: readonly Share[]
  /** Functions of this project with all they call before they first wait. */
  readonly ours: readonly Share[]
}

const idleName = '(idle)'

/** The file as a person names it: within the project, a package, or a part of Node. */
const fileOf = (url: string, root: string): string => {
  if (!url.startsWith('file:')) return url
  const path = relative(root, fileURLToPath(url))
  const [, inPackage] = /^.*node_modules\/(.*)$/.exec(path) ?? []
  return inPackage ?? path
}

const isOurs = (url: string, root: string): boolean =>
  url.startsWith('file:') && !/node_modules\/|^\.\./.test(relative(root, fileURLToPath(url)))

const moduleOf = (url: string, functionName: string, root: string): string => {
  // What V8 does itself, such as (garbage collector), and what is no JavaScript: JSON, buffers, sockets.
  if (url === '') return functionName.startsWith('(') ? functionName : 'native'
  if (url.startsWith('node:')) return url
  const parts = fileOf(url, root).split('/')
  const isScoped = parts[0]?.startsWith('@') === true
  return isOurs(url, root) ? parts.slice(0, -1).join('/') : parts.slice(0, isScoped ? 2 : 1).join('/')
}

const summed = (shares: Iterable<Share>): Share[] => {
  const sums = new Map<string, number>()
  for (const [name, milliseconds] of shares) sums.set(name, (sums.get(name) ?? 0) + milliseconds)
  return [...sums].toSorted(([, one], [, other]) => other - one)
}

/** Where the time of a profile went, most first. `root` is the project's folder. */
export const spentIn = ({ nodes, samples = [], timeDeltas = [] }: CpuProfile, root: string): Spent => {
  const self = new Map<number, number>()
  for (const [index, id] of samples.entries())
    // The time before a sample is that of the sample before it.
    self.set(id, (self.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0) / 1000)
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const known = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const name = functionName || '(anonymous)'
      const place = url === '' ? '' : ` ${fileOf(url, root)}:${lineNumber + 1}`
      return [id, { label: `${name}${place}`, module: moduleOf(url, name, root), isOurs: isOurs(url, root) }] as const
    }),
  )
  const timed = [...self].flatMap(([id, milliseconds]) => {
    const node = known.get(id)
    return node ? [{ id, node, milliseconds }] : []
  })
  const idle = timed.filter(({ node }) => node.label === idleName)
  const running = timed.filter(({ node }) => node.label !== idleName)

  /** Each of our functions that `id` runs in, once, however deep it calls itself. */
  const callersOf = (id: number): Set<string> => {
    const labels = new Set<string>()
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = known.get(at)
      if (node?.isOurs) labels.add(node.label)
    }
    return labels
  }
  const total = (list: typeof timed): number => list.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return {
    busy: total(running),
    idle: total(idle),
    modules: summed(running.map(({ node, milliseconds }) => [node.module, milliseconds])),
    functions: summed(running.map(({ node, milliseconds }) => [node.label, milliseconds])),
    ours: summed(
      running.flatMap(({ id, milliseconds }) => [...callersOf(id)].map((label): Share => [label, milliseconds])),
    ),
  }
}
