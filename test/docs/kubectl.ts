import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import type { Kind } from '../../crds/kind.ts'
import { annotations, GROUP, labels } from '../../crds/names.ts'
import type { Node } from '../../crds/structural.ts'
import { unknownFields } from '../../cli/manifests/unknown-fields.ts'
import { conditions } from '../../infra/generate/reference/words.ts'
import { root } from './markdown.ts'

/** Options that are followed by their value. */
const valued = new Set(
  '-n --namespace -o --output -f --filename -k --kustomize -l --selector --field-selector -c --container --type -p --patch --for --timeout --replicas --tail --since --context --kubeconfig --as --as-group --sort-by --subresource --raw --field-manager --from -L --label-columns --local --address --duration --limit --chunk-size --verb --resource --serviceaccount --clusterrole --role --user --group'.split(
    ' ',
  ),
)

/** Kinds of Kubernetes itself that the docs speak of, by each name they have. */
const builtIn = new Set(
  'pod pods po deployment deployments deploy service services svc secret secrets configmap configmaps cm namespace namespaces ns node nodes event events ev job jobs replicaset replicasets rs statefulset statefulsets persistentvolumeclaim persistentvolumeclaims pvc persistentvolume pv storageclass storageclasses sc serviceaccount serviceaccounts sa role roles rolebinding rolebindings clusterrole clusterroles clusterrolebinding clusterrolebindings networkpolicy networkpolicies netpol ingress ingresses poddisruptionbudget poddisruptionbudgets pdb crd crds customresourcedefinition customresourcedefinitions mutatingwebhookconfiguration mutatingwebhookconfigurations validatingwebhookconfiguration validatingwebhookconfigurations validatingadmissionpolicy validatingadmissionpolicies lease leases endpoints endpointslices apiservices componentstatuses priorityclass resourcequota limitrange all kubeopencode'.split(
    ' ',
  ),
)

/** Kinds that another program brings. */
const foreign = new Set(
  'certificate certificates issuer issuers clusterissuer servicemonitor servicemonitors prometheusrule prometheusrules podmonitor gateway gateways httproute httproutes application applications kustomization helmrelease'.split(
    ' ',
  ),
)

const verbs = new Set(
  'get describe delete edit explain annotate label patch wait logs exec apply create scale rollout port-forward top auth api-resources events cp run version diff set debug kustomize config cluster-info'.split(
    ' ',
  ),
)

type OwnKind = (typeof kinds)[number]
type Asked = OwnKind | 'other' | undefined

/** The kind of a word such as `agents`, `ag` or `agents.kubeopencode.io`. */
const kindOf = (word: string): Asked => {
  const name = word.toLowerCase()
  const own = kinds.find(({ plural, singular, shortNames }) =>
    [plural, singular, ...shortNames, `${plural}.${GROUP}`].includes(name),
  )
  return own ?? ([builtIn, foreign].some((known) => known.has(name.split('.')[0] ?? '')) ? 'other' : undefined)
}

const schemaOf = (kind: Kind): Node => {
  const node = customResourceDefinition(kind).spec.versions[0]?.schema.openAPIV3Schema
  if (!node) throw new Error(`${kind.kind} has no schema`)
  return { ...node, properties: { ...node.properties, metadata: { 'x-kubernetes-preserve-unknown-fields': true } } }
}

/** Whether `.status.conditions[?(…)].reason` and the like lead to a field. */
export const hasField = (kind: Kind, path: string): boolean => {
  const keys = path
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('.')
    .filter((key) => key !== '')
  let node: Node | undefined = schemaOf(kind)
  for (const key of keys) {
    while (node?.items) node = node.items
    if (node?.['x-kubernetes-preserve-unknown-fields']) return true
    node = node?.properties?.[key] ?? node?.additionalProperties
    if (!node) return false
  }
  return true
}

/** Paths that an output format, a sort or a wait reads. */
const pathsIn = (text: string): string[] =>
  [
    ...text
      .replaceAll(/\[\?\(.*?\)\]/g, '')
      .matchAll(/(?<![\w\])])\.(?:items\[\*\]\.|items\[\d+\]\.)?(?:spec|status)[\w.[\]*]*/g),
  ].map(([path]) => path.replace(/^\.items\[[^\]]*\]/, ''))

interface Split {
  readonly plain: readonly string[]
  readonly options: readonly (readonly [name: string, value: string])[]
}

/** Words before `--`: what is after it is for another program. */
const split = (words: readonly string[]): Split => {
  const plain: string[] = []
  const options: (readonly [string, string])[] = []
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  for (let at = 0; at < own.length; at++) {
    const word = own[at] ?? ''
    const [name = '', ...value] = word.split('=')
    if (!word.startsWith('-') || word === '-') plain.push(word)
    else if (value.length > 0 || !valued.has(name)) options.push([name, value.join('=')])
    else options.push([name, own[++at] ?? ''])
  }
  return { plain, options }
}

/** The verb and the options of a line, to be compared with kubectl's own help. */
export const optionsOf = (words: readonly string[]): { verb: string; options: string[] } => {
  const { plain, options } = split(words.slice(1))
  const [verb = '', second = '', third = ''] = plain
  const isGroup = ['create', 'rollout', 'config', 'auth', 'set', 'top'].includes(verb) && second !== ''
  return {
    verb: [verb, ...(isGroup ? [second] : []), ...(isGroup && second === 'secret' ? [third] : [])].join(' '),
    options: options.map(([name]) => name).filter((name) => name !== '-'),
  }
}

const keys = new Set<string>([...Object.values(labels), ...Object.values(annotations)])

/** Names of ours in labels, annotations and selectors. */
const wrongKeys = (text: string): string[] =>
  [...text.matchAll(/\bkubeopencode\.io\/[\w-]+/g)].flatMap(([name]) =>
    keys.has(name) || name === `${GROUP}/v1alpha1` || name.startsWith(annotations.gitHashPrefix)
      ? []
      : [`${name} is no label or annotation of ours`],
  )

const wrongFile = (folder: string, name: string): string[] =>
  name === '-' || /^https?:/.test(name) || !name.includes('/') || existsSync(join(root, folder, name))
    ? []
    : [`${name} is not there`]

const wrongPatch = (kind: OwnKind, text: string): string[] =>
  unknownFields(JSON.parse(text), schemaOf(kind)).map(({ field, message }) => `${field} ${message}`)

const wrongOption = (asked: OwnKind, [name, value]: Split['options'][number]): string[] => {
  const missing = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => (hasField(asked, path) ? [] : [`${asked.kind} has no field ${path}`]))
  if (['-o', '--output', '--sort-by'].includes(name)) return missing(pathsIn(value))
  if (name === '-p' || name === '--patch') return wrongPatch(asked, value)
  if (name === '--field-selector')
    return value.split(',').flatMap((term) => {
      const field = `.${/^[^=!]*/.exec(term)?.[0] ?? ''}`
      const known: readonly string[] = [...asked.selectableFields, '.metadata.name', '.metadata.namespace']
      return known.includes(field) ? [] : [`${asked.kind} cannot be selected by ${field}`]
    })
  if (name !== '--for') return []
  const condition = /^condition=(\w+)/.exec(value)?.[1]
  if (condition === undefined) return missing(pathsIn(value))
  return condition in conditions[asked.kind] ? [] : [`${asked.kind} has no condition ${condition}`]
}

/** What is wrong with a line of kubectl, as far as our kinds, fields, names and files go. `folder` is where it is typed. */
export const kubectlFaults = (words: readonly string[], folder: string): string[] => {
  const { plain, options } = split(words.slice(1))
  const [verb = '', ...rest] = plain
  if (!verbs.has(verb)) return [`kubectl ${verb} is none of ${[...verbs].join(', ')}`]
  const common = [
    ...words.flatMap(wrongKeys),
    ...options.flatMap(([name, value]) =>
      ['-f', '--filename', '-k', '--kustomize'].includes(name) && verb !== 'logs' ? wrongFile(folder, value) : [],
    ),
  ]
  if (verb === 'explain') {
    const [name = '', ...path] = (rest[0] ?? '').split('.')
    const kind = kindOf(name)
    if (kind === undefined) return [...common, `${name} is no kind`]
    return [
      ...common,
      ...(kind === 'other' || hasField(kind, path.join('.')) ? [] : [`${kind.kind} has no field ${path.join('.')}`]),
    ]
  }
  if (!['get', 'describe', 'delete', 'edit', 'annotate', 'label', 'patch', 'wait', 'scale'].includes(verb))
    return common
  const named = (rest[0] ?? '').split(',').map((part) => part.split('/')[0] ?? '')
  if (rest.length === 0)
    return [
      ...common,
      ...(options.some(([name]) => name === '-f' || name === '-k' || name === '--raw') ? [] : ['names no kind']),
    ]
  return [
    ...common,
    ...named.flatMap((word) => {
      const kind = kindOf(word)
      if (kind === undefined) return [`${word} is no kind`]
      return kind === 'other' || named.length > 1 ? [] : options.flatMap((option) => wrongOption(kind, option))
    }),
  ]
}
