import type { ContextItem, ContextType } from '../../crds/context.ts'
import { contextType } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'
import type { Place } from '../../shared/places.ts'
import { isClosed } from '../../shared/places.ts'
import { isBelow } from '../../shared/paths.ts'
import { framed, slot } from '../pod/slots.ts'

/** A file that a container finds when it starts. */
export interface File {
  /** Absolute. */
  readonly path: string
  readonly content: string
  /** `content` is base64 of bytes that are no text. */
  readonly isBinary?: boolean
  readonly mode: number
}

/** What keeps the contexts from being laid out. A passing fault may mend itself: manifests arrive in any order. */
export interface ContextFault {
  readonly message: string
  readonly isPassing: boolean
}

export interface ContextFiles {
  readonly files: readonly File[]
  readonly faults: readonly ContextFault[]
}

interface Layout {
  readonly namespace: string
  readonly workspaceDir: string
  /** ConfigMaps by name; a name without a value does not exist. */
  readonly configMaps: ReadonlyMap<string, ConfigMap | undefined>
  readonly runtimeText: string
  /** Paths that are no context's to have. */
  readonly taken?: readonly Place[]
  /**
   * The agent works elsewhere, on the server of a live Agent, and sees none of these files: every content is joined,
   * with the path it was meant for.
   */
  readonly isHandedOver?: boolean
}

const defaultMode = 0o644

/** Relative to the workspace; OpenCode's `instructions` name it too. */
export const contextFile = '.kubeopencode/context.md'

const attribute = (value: string): string =>
  value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\s/g, ' ')

const section = (item: ContextItem, { namespace }: Layout, body: string): string => {
  // Only an item that is handed over has a place and is joined all the same.
  const path = item.mountPath === undefined ? '' : ` path="${attribute(item.mountPath)}"`
  return `<context name="${attribute(item.name ?? '')}" namespace="${attribute(namespace)}" type="${contextType(item) ?? ''}"${path}>\n${body.trimEnd()}\n</context>\n`
}

const bytesOf = (configMap: ConfigMap, key: string): Pick<File, 'content' | 'isBinary'> | undefined => {
  const text = configMap.data?.[key]
  if (text !== undefined) return { content: text }
  const bytes = configMap.binaryData?.[key]
  return bytes === undefined ? undefined : { content: bytes, isBinary: true }
}

/** Admission refuses what has no place; a path that came past it stays inside the workspace. */
const placeOf = (workspaceDir: string, mountPath: string): string =>
  resolveMountPath(workspaceDir, mountPath) ?? `${workspaceDir}/refused`

type Laid = { files?: File[]; text?: string; fault?: ContextFault }

/** Where an item has a file of its own; undefined where it is joined. */
const fileOf = ({ mountPath }: ContextItem, { workspaceDir, isHandedOver }: Layout): string | undefined =>
  mountPath === undefined || isHandedOver ? undefined : placeOf(workspaceDir, mountPath)

const nameOf = ({ name }: ContextItem): string => (name === undefined ? 'a context' : `context "${name}"`)

const layText = (item: ContextItem, content: string, layout: Layout): Laid => {
  const path = fileOf(item, layout)
  return path === undefined
    ? { text: section(item, layout, framed(content)) }
    : { files: [{ path, content, mode: item.fileMode ?? defaultMode }] }
}

const missingMap = (what: string): Laid => ({ fault: { message: what, isPassing: true } })

const binaryFault = (item: ContextItem, key: string, { isHandedOver }: Layout): Laid => ({
  fault: {
    message: isHandedOver
      ? `${nameOf(item)}: key "${key}" of its ConfigMap is no text, and a running Agent takes text only; give the context to the Agent, or run the Task from a template`
      : `${nameOf(item)}: key "${key}" of its ConfigMap is no text and cannot be joined; give the context a mountPath`,
    isPassing: false,
  },
})

const layMap = (item: ContextItem, configMap: ConfigMap, layout: Layout): Laid => {
  const keys = [...Object.keys(configMap.data ?? {}), ...Object.keys(configMap.binaryData ?? {})].toSorted()
  const directory = fileOf(item, layout)
  const contents = keys.flatMap((key) => {
    const bytes = bytesOf(configMap, key)
    return bytes ? [{ key, ...bytes }] : []
  })
  if (directory !== undefined)
    return {
      files: contents.map(({ key, ...bytes }) => ({
        path: `${directory}/${key}`,
        ...bytes,
        mode: item.fileMode ?? defaultMode,
      })),
    }
  const binary = contents.find(({ isBinary }) => isBinary)
  if (binary) return binaryFault(item, binary.key, layout)
  const parts = contents.map(
    ({ key, content }) => `<file name="${attribute(key)}">\n${framed(content).trimEnd()}\n</file>`,
  )
  return { text: section(item, layout, parts.join('\n')) }
}

const layConfigMap = (item: ContextItem, layout: Layout): Laid => {
  const { namespace, configMaps } = layout
  const source = item.configMap
  if (!source) return { fault: { message: `${nameOf(item)} names no ConfigMap`, isPassing: false } }
  const { name, key, optional } = source
  const configMap = configMaps.get(name)
  if (!configMap)
    return optional
      ? {}
      : missingMap(`ConfigMap ${namespace}/${name} does not exist; create it or mark the context optional`)
  if (key === undefined) return layMap(item, configMap, layout)
  const bytes = bytesOf(configMap, key)
  if (!bytes) return optional ? {} : missingMap(`ConfigMap ${namespace}/${name} has no key "${key}"`)
  const path = fileOf(item, layout)
  if (path !== undefined) return { files: [{ path, ...bytes, mode: item.fileMode ?? defaultMode }] }
  return bytes.isBinary ? binaryFault(item, key, layout) : layText(item, bytes.content, layout)
}

/** What a repository says of itself to an agent that works where nobody has cloned it. */
const repositoryNote = ({ git }: ContextItem): string =>
  [
    'This repository was named with the Task and is not on your disk. Clone it if the work needs it.',
    ...(git ? [`repository: ${git.repository}`, `ref: ${git.ref}`] : []),
    ...(git?.path === undefined ? [] : [`path: ${git.path}`]),
  ].join('\n')

/** `slotIndex` counts the URL contexts: what they hold is known in the Pod alone. */
const lay = (item: ContextItem, layout: Layout, slotIndex: number): Laid => {
  switch (contextType(item)) {
    case 'Text':
      return layText(item, item.text ?? '', layout)
    case 'ConfigMap':
      return layConfigMap(item, layout)
    case 'Runtime':
      return layText(item, layout.runtimeText, layout)
    case 'URL':
      return fileOf(item, layout) === undefined ? { text: section(item, layout, slot(slotIndex)) } : {}
    default:
      // A repository is cloned by an init container of its own.
      return layout.isHandedOver ? { text: section(item, layout, framed(repositoryNote(item))) } : {}
  }
}

const conflict = (what: string): ContextFault => ({ message: `mount path conflict: ${what}`, isPassing: false })

const parentsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1, -1)
    .map((_, index, segments) => `/${segments.slice(0, index + 1).join('/')}`)

interface Places {
  readonly files: readonly string[]
  readonly repositories: readonly string[]
}

/** Two items that want one path, a file where another needs a directory, or a repository over a file. */
const conflicts = ({ files, repositories }: Places, { workspaceDir, taken = [] }: Layout): ContextFault[] => {
  const paths = [...files, ...repositories]
  const fileSet = new Set(files)
  // The workspace itself is filled from its repository before the files come; any other repository is mounted over them.
  const mounted = new Set(repositories.filter((path) => path !== workspaceDir && isBelow(workspaceDir, path)))
  const owners = new Map(taken.map((place) => [place.path, place]))
  const seen = new Set<string>()
  const doubles = new Set(paths.filter((path) => seen.has(path) || !seen.add(path)))
  return [
    ...[...doubles].map((path) => conflict(`two contexts want ${path}`)),
    ...paths.flatMap((path) => {
      const owner =
        owners.get(path) ??
        parentsOf(path)
          .flatMap((parent) => owners.get(parent) ?? [])
          .find(isClosed)
      return owner ? [conflict(`${path} is taken by ${owner.owner}`)] : []
    }),
    ...paths.flatMap((path) => {
      const file = parentsOf(path).find((parent) => fileSet.has(parent))
      return file === undefined ? [] : [conflict(`${file} is a file, and ${path} needs a directory there`)]
    }),
    ...files.flatMap((file) => {
      const repository = parentsOf(file).find((parent) => mounted.has(parent))
      return repository === undefined ? [] : [conflict(`${file} would be hidden by the repository at ${repository}`)]
    }),
  ]
}

/** A condition has room for a few sentences; who has mended these is told the next. */
const mostFaults = 20

/**
 * The files of `items` in their order. Items without a mountPath are joined into one Markdown file below the
 * workspace; the others become files of their own.
 */
export const contextFiles = (items: readonly ContextItem[], layout: Layout): ContextFiles => {
  const layAll = (as: Layout): Laid[] => {
    let urls = 0
    return items.map((item) => lay(item, as, contextType(item) === 'URL' ? urls++ : 0))
  }
  const laid = layAll(layout)
  // Two items for one place are a mistake of the user's, also where their content is handed over.
  const apart: Layout = { ...layout, isHandedOver: false }
  const placed = layout.isHandedOver ? layAll(apart) : laid
  const text = laid.flatMap((one) => (one.text === undefined ? [] : [one.text])).join('\n')
  const joined = placeOf(layout.workspaceDir, contextFile)
  const aggregate: File[] = text === '' ? [] : [{ path: joined, content: text, mode: defaultMode }]
  const placesOf = (type: ContextType): string[] =>
    items.flatMap((item) => (contextType(item) === type ? (fileOf(item, apart) ?? []) : []))
  const places = {
    files: [...aggregate, ...placed.flatMap((one) => one.files ?? [])].map(({ path }) => path),
    repositories: placesOf('Git'),
  }
  const faults = [
    ...laid.flatMap((one) => (one.fault ? [one.fault] : [])),
    ...conflicts({ ...places, files: [...places.files, ...placesOf('URL')] }, layout),
  ]
  return {
    files: [...aggregate, ...laid.flatMap((one) => one.files ?? [])],
    faults: faults.slice(0, mostFaults),
  }
}

/** Names of the ConfigMaps that `items` read. */
export const configMapNames = (items: readonly ContextItem[]): string[] => [
  ...new Set(items.flatMap(({ configMap }) => (configMap ? [configMap.name] : []))),
]
