import type { ContextItem } from '../crds/context.ts'
import { contextType } from '../crds/context.ts'
import { cleanPath, resolveMountPath } from '../crds/paths.ts'
import { hostFault } from '../shared/addresses.ts'
import { placeOf } from '../shared/hosts.ts'
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

/** What a Task for a running Agent cannot have: the Agent's server sees no file of the Task's Pod. */
export const handedOverWarnings = (field: string, contexts: readonly ContextItem[] = []): string[] =>
  contexts.flatMap((item, index) => {
    if (contextType(item) === 'Git')
      return [
        `${field}[${index}]: a running Agent is told of the repository and has no clone of it: give the context to the Agent, or use templateRef`,
      ]
    return item.mountPath === undefined
      ? []
      : [
          `${field}[${index}].mountPath: a running Agent gets the content with the prompt and not as a file: give the context to the Agent, or use templateRef`,
        ]
  })

/** What looks like a Git URL and has no host, such as a number that is no address or a port that is none. */
export const repositoryFaults = (field: string, { repository }: { readonly repository: string }): Fault[] =>
  placeOf(repository) ? [] : [{ field: `${field}.repository`, message: 'must name a host and port that there can be' }]

/** Hosts that there cannot be, or that mean the node or the cloud's metadata in a way that no pattern sees. */
export const contextFaults = (field: string, contexts: readonly ContextItem[] = []): Fault[] =>
  contexts.flatMap(({ git, url }, index) => {
    const at = `${field}[${index}]`
    return [
      ...(git ? repositoryFaults(`${at}.git`, git) : []),
      ...(url ? sourceFaults(`${at}.url.source`, url.source) : []),
    ]
  })

const sourceFaults = (field: string, source: string): Fault[] => {
  if (!URL.canParse(source)) return [{ field, message: 'must name a host and port that there can be' }]
  const fault = hostFault(new URL(source), true)
  return fault === undefined ? [] : [{ field, message: `must be another host: ${fault}` }]
}

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
