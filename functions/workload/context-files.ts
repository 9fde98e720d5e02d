import type { ContextItem } from '../../crds/context.ts'
import { contextType } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'
import { isBelow } from '../../shared/paths.ts'

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
  readonly taken?: readonly string[]
}

const defaultMode = 0o644

/** Relative to the workspace; OpenCode's `instructions` name it too. */
export const contextFile = '.kubeopencode/context.md'

const attribute = (value: string): string =>
  value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\s/g, ' ')

/** Keeps content from closing its own frame or opening another. */
const framed = (content: string): string => content.replace(/<(?=\/?(?:context|file)\b)/gi, '&lt;')

const section = (item: ContextItem, namespace: string, body: string): string =>
  `<context name="${attribute(item.name ?? '')}" namespace="${attribute(namespace)}" type="${contextType(item) ?? ''}">\n${body.trimEnd()}\n</context>\n`

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

const layText = (item: ContextItem, content: string, { namespace, workspaceDir }: Layout): Laid =>
  item.mountPath === undefined
    ? { text: section(item, namespace, framed(content)) }
    : { files: [{ path: placeOf(workspaceDir, item.mountPath), content, mode: item.fileMode ?? defaultMode }] }

const layConfigMap = (item: ContextItem, layout: Layout): Laid => {
  const { namespace, workspaceDir, configMaps } = layout
  const source = item.configMap
  if (!source) return { fault: { message: `context ${item.name ?? ''} names no ConfigMap`, isPassing: false } }
  const configMap = configMaps.get(source.name)
  const isOptional = source.optional
  if (!configMap) {
    if (isOptional) return {}
    return {
      fault: {
        message: `ConfigMap ${namespace}/${source.name} does not exist; create it or mark the context optional`,
        isPassing: true,
      },
    }
  }
  if (source.key !== undefined) {
    const bytes = bytesOf(configMap, source.key)
    if (!bytes) {
      if (isOptional) return {}
      return {
        fault: { message: `ConfigMap ${namespace}/${source.name} has no key "${source.key}"`, isPassing: true },
      }
    }
    if (item.mountPath === undefined) return layText(item, bytes.content, layout)
    const path = placeOf(workspaceDir, item.mountPath)
    return { files: [{ path, ...bytes, mode: item.fileMode ?? defaultMode }] }
  }
  const keys = [...Object.keys(configMap.data ?? {}), ...Object.keys(configMap.binaryData ?? {})].toSorted()
  if (item.mountPath === undefined) {
    const parts = keys.map((key) => {
      const content = configMap.data?.[key]
      return content === undefined ? '' : `<file name="${attribute(key)}">\n${framed(content).trimEnd()}\n</file>`
    })
    return { text: section(item, namespace, parts.filter(Boolean).join('\n')) }
  }
  const directory = placeOf(workspaceDir, item.mountPath)
  return {
    files: keys.flatMap((key) => {
      const bytes = bytesOf(configMap, key)
      return bytes ? [{ path: `${directory}/${key}`, ...bytes, mode: item.fileMode ?? defaultMode }] : []
    }),
  }
}

const lay = (item: ContextItem, layout: Layout): Laid => {
  switch (contextType(item)) {
    case 'Text':
      return layText(item, item.text ?? '', layout)
    case 'ConfigMap':
      return layConfigMap(item, layout)
    case 'Runtime':
      return layText(item, layout.runtimeText, layout)
    default:
      // Git and URL contexts are fetched by init containers of their own.
      return {}
  }
}

const conflict = (what: string): ContextFault => ({ message: `mount path conflict: ${what}`, isPassing: false })

const isInside = (directory: string, path: string): boolean => path !== directory && isBelow(directory, path)

interface Places {
  readonly files: readonly string[]
  readonly repositories: readonly string[]
}

/** Two items that want one path, a file where another needs a directory, or a repository over a file. */
const conflicts = ({ files, repositories }: Places, { workspaceDir, taken = [] }: Layout): ContextFault[] => {
  const paths = [...files, ...repositories]
  const doubles = new Set(paths.filter((path, index) => paths.indexOf(path) !== index))
  // The workspace itself is filled from its repository before the files come; any other repository is mounted over them.
  const mounted = repositories.filter((path) => isInside(workspaceDir, path))
  return [
    ...[...doubles].map((path) => conflict(`two contexts want ${path}`)),
    ...paths.filter((path) => taken.includes(path)).map((path) => conflict(`${path} is taken by the Task itself`)),
    ...files.flatMap((file) =>
      paths
        .filter((path) => isInside(file, path))
        .map((path) => conflict(`${file} is a file, and ${path} needs a directory there`)),
    ),
    ...mounted.flatMap((repository) =>
      files
        .filter((file) => isInside(repository, file))
        .map((file) => conflict(`${file} would be hidden by the repository at ${repository}`)),
    ),
  ]
}

/**
 * The files of `items` in their order. Items without a mountPath are joined into one Markdown file below the
 * workspace; the others become files of their own.
 */
export const contextFiles = (items: readonly ContextItem[], layout: Layout): ContextFiles => {
  const laid = items.map((item) => lay(item, layout))
  const text = laid.flatMap((one) => (one.text === undefined ? [] : [one.text])).join('\n')
  const aggregate: File = { path: placeOf(layout.workspaceDir, contextFile), content: text, mode: defaultMode }
  const files = [...(text === '' ? [] : [aggregate]), ...laid.flatMap((one) => one.files ?? [])]
  const places = (isWanted: (item: ContextItem) => boolean): string[] =>
    items.flatMap((item) =>
      item.mountPath !== undefined && isWanted(item) ? [placeOf(layout.workspaceDir, item.mountPath)] : [],
    )
  const faults = [
    ...laid.flatMap((one) => (one.fault ? [one.fault] : [])),
    ...conflicts(
      {
        files: [...files.map(({ path }) => path), ...places((item) => contextType(item) === 'URL')],
        repositories: places((item) => contextType(item) === 'Git'),
      },
      layout,
    ),
  ]
  return { files, faults }
}

/** Names of the ConfigMaps that `items` read. */
export const configMapNames = (items: readonly ContextItem[]): string[] => [
  ...new Set(items.flatMap(({ configMap }) => (configMap ? [configMap.name] : []))),
]
