import type { ContextItem } from '../crds/context.ts'
import { contextType } from '../crds/context.ts'
import { cleanPath, resolveMountPath } from '../crds/paths.ts'
import { hostFault } from '../shared/addresses.ts'
import type { Fault, Question } from './findings.ts'
import { askConfigMap, askSecret } from './questions.ts'

const isPlainHttp = (url: string): boolean => url.startsWith('http://')

const doubles = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.filter((value, index) => value !== undefined && values.indexOf(value) < index) as string[]),
]

/** What is likely not meant, in one list of contexts. The workspace is unknown where a Task has the list. */
export const contextWarnings = (
  field: string,
  contexts: readonly ContextItem[] = [],
  workspaceDir?: string,
): string[] => {
  const paths = contexts.map(({ mountPath }) =>
    mountPath === undefined
      ? undefined
      : workspaceDir === undefined
        ? cleanPath(mountPath)
        : resolveMountPath(workspaceDir, mountPath),
  )
  return [
    ...doubles(paths).map((path) => `${field}: mount path conflict: several contexts have mountPath ${path}`),
    ...contexts.flatMap((item, index) => {
      const { git, url } = item
      return [
        ...(git?.secretRef && isPlainHttp(git.repository)
          ? [`${field}[${index}].git.repository: sends the Secret in clear text: use https://`]
          : []),
        ...(url?.secretRef && isPlainHttp(url.source)
          ? [`${field}[${index}].url.source: sends the Secret in clear text: use https://`]
          : []),
      ]
    }),
  ]
}

/** Hosts that mean the node or the cloud's metadata in a way that no pattern sees, such as `http://2130706433/`. */
export const contextFaults = (field: string, contexts: readonly ContextItem[] = []): Fault[] =>
  contexts.flatMap(({ url }, index) => {
    if (!url) return []
    const at = `${field}[${index}].url.source`
    if (!URL.canParse(url.source)) return [{ field: at, message: 'must be a URL of the form https://host/path' }]
    const fault = hostFault(new URL(url.source), true)
    return fault === undefined ? [] : [{ field: at, message: `must be another host: ${fault}` }]
  })

/** The ConfigMaps and Secrets that a list of contexts needs. */
export const contextQuestions = (field: string, contexts: readonly ContextItem[] = []): Question[] =>
  contexts.flatMap((item, index): Question[] => {
    const at = `${field}[${index}]`
    const secret = item.git?.secretRef ?? item.url?.secretRef
    const member = item.git ? 'git' : 'url'
    return [
      ...(contextType(item) === 'ConfigMap' && item.configMap && !item.configMap.optional
        ? [askConfigMap(`${at}.configMap`, item.configMap.name, item.configMap.key)]
        : []),
      ...(secret ? [askSecret(`${at}.${member}.secretRef`, secret.name)] : []),
    ]
  })
