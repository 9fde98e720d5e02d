import type { ContextItem } from '../../crds/context.ts'
import { contextType } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'

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

/** Two items that want one path, a file where another needs a directory, or a repository over a file. */
const conflicts = (paths: readonly string[]): ContextFault[] => {
  const seen = new Set<string>()
  const faults: ContextFault[] = []
  for (const path of paths) {
    if (seen.has(path)) faults.push({ message: `mount path conflict: two contexts want ${path}`, isPassing: false })
    seen.add(path)
  }
  return faults
}

/**
 * The files of `items` in their order. Items without a mountPath are joined into one Markdown file below the
 * workspace; the others become files of their own.
 */
export const contextFiles = (items: readonly ContextItem[], layout: Layout): ContextFiles => {
  const laid = items.map((item) => lay(item, layout))
  const files = laid.flatMap((one) => one.files ?? [])
  const text = laid.flatMap((one) => (one.text === undefined ? [] : [one.text])).join('\n')
  const fetched = items.flatMap(({ git, url, mountPath }) =>
    (git || url) && mountPath !== undefined ? [placeOf(layout.workspaceDir, mountPath)] : [],
  )
  const faults = [
    ...laid.flatMap((one) => (one.fault ? [one.fault] : [])),
    ...conflicts([...files.map(({ path }) => path), ...fetched]),
  ]
  if (text === '') return { files, faults }
  const aggregate: File = { path: placeOf(layout.workspaceDir, contextFile), content: text, mode: defaultMode }
  return { files: [aggregate, ...files], faults }
}

/** Names of the ConfigMaps that `items` read. */
export const configMapNames = (items: readonly ContextItem[]): string[] => [
  ...new Set(items.flatMap(({ configMap }) => (configMap ? [configMap.name] : []))),
]
