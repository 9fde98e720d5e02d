import type { ContextItem } from '../../crds/context.ts'
import { contextType } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { isBelow } from '../../shared/paths.ts'
import { contextFile } from './context-files.ts'
import { fromSecret, literal } from './env.ts'
import type { PodParts } from './init-containers.ts'
import { helper, workspaceMount } from './init-containers.ts'
import type { Settings } from './settings.ts'

/** Where url-fetch writes what is mounted elsewhere than in the workspace. */
const fetchedDir = '/fetched'
const fetchedFile = 'content'

type UrlContext = NonNullable<ContextItem['url']>

/** The URL contexts of a list; the position among them is the number of their container and of their slot. */
export const urlItems = (items: readonly ContextItem[]): (ContextItem & { readonly url: UrlContext })[] =>
  items.flatMap((item) => (contextType(item) === 'URL' && item.url ? [{ ...item, url: item.url }] : []))

const requestEnv = ({ source, headers = {}, secretRef, insecureSkipTLSVerify, timeout }: UrlContext) => {
  const sorted = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    literal('URL_SOURCE', source),
    literal('URL_TIMEOUT', String(timeout ?? 30)),
    ...(sorted.length > 0 ? [literal('URL_HEADERS', JSON.stringify(Object.fromEntries(sorted)))] : []),
    ...(insecureSkipTLSVerify ? [literal('URL_INSECURE', 'true')] : []),
    ...(secretRef
      ? [
          literal('URL_SECRET', secretRef.name),
          fromSecret('URL_AUTH_TOKEN', secretRef.name, 'token'),
          fromSecret('URL_AUTH_USERNAME', secretRef.name, 'username'),
          fromSecret('URL_AUTH_PASSWORD', secretRef.name, 'password'),
          fromSecret('URL_AUTH_HEADER', secretRef.name, 'header'),
          fromSecret('URL_AUTH_HOSTS', secretRef.name, 'allowed-hosts'),
        ]
      : []),
  ]
}

const rulesEnv = ({ allowPrivateAddresses, allowedURLHosts }: Settings['security']) => [
  ...(allowPrivateAddresses ? [] : [literal('URL_ALLOW_PRIVATE', 'false')]),
  ...(allowedURLHosts ? [literal('URL_ALLOWED_HOSTS', allowedURLHosts.join(','))] : []),
]

/** One download per URL context: into its own file, or without a mountPath into its frame in the joined contexts. */
export const urlParts = (items: readonly ContextItem[], profile: Profile, settings: Settings): PodParts => {
  const parts: PodParts = { initContainers: [], volumes: [], mounts: [] }
  const workspaceDir = profile.workspaceDir ?? ''
  for (const [index, { url, mountPath, fileMode }] of urlItems(items).entries()) {
    const path = mountPath === undefined ? undefined : (resolveMountPath(workspaceDir, mountPath) ?? workspaceDir)
    const isOutside = path !== undefined && !isBelow(workspaceDir, path)
    const volume = `url-context-${index}`
    const target = isOutside ? `${fetchedDir}/${fetchedFile}` : (path ?? `${workspaceDir}/${contextFile}`)
    parts.initContainers.push({
      ...helper(`url-fetch-${index}`, settings),
      args: ['url-fetch'],
      env: [
        literal('URL_TARGET', target),
        literal('URL_FILE_MODE', String(fileMode ?? 0o644)),
        ...(path === undefined ? [literal('URL_SLOT', String(index))] : []),
        ...requestEnv(url),
        ...rulesEnv(settings.security),
      ],
      volumeMounts: [isOutside ? { name: volume, mountPath: fetchedDir } : workspaceMount(profile)],
    })
    if (!isOutside) continue
    parts.volumes.push({ name: volume, emptyDir: {} })
    parts.mounts.push({ name: volume, mountPath: path, subPath: fetchedFile, readOnly: true })
  }
  return parts
}
