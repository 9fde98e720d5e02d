import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { API_VERSION, CONFIG_NAME, GROUP } from '../../crds/names.ts'
import type { Node } from '../../crds/structural.ts'
import { valueAt } from '../../shared/field-path.ts'
import type { Kind, KubeObject, Objects, OwnKind, Ref } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { AskedKind } from '../../webhooks/findings.ts'
import { judge } from '../../webhooks/judge.ts'
import { hooks } from '../../webhooks/table.ts'
import { nearest } from '../nearest.ts'
import type { ManifestObject, Position } from './documents.ts'
import { metadataFaults } from './metadata.ts'
import { unknownFields } from './unknown-fields.ts'

export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly position: Position
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly field?: string
  readonly message: string
}

/** An object of ours that was judged, as admission would store it. */
export interface Judged {
  readonly manifest: ManifestObject
  readonly kind: OwnKind
  /** After the mutating webhook. */
  readonly object: KubeObject
  readonly findings: readonly Finding[]
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** An object in its namespace, which it need not say itself. */
export const placed = (object: Readonly<Record<string, unknown>>, namespace: string): KubeObject => {
  const kind = text(object['kind'])
  const isCluster = kind !== undefined && kind in resources && !resources[kind as Kind].namespaced
  const metadata = (object['metadata'] ?? {}) as NonNullable<KubeObject['metadata']>
  return isCluster || typeof metadata !== 'object'
    ? (object as KubeObject)
    : ({ ...object, metadata: { namespace, ...metadata } } as KubeObject)
}

const kindsByName: ReadonlyMap<string, OwnKind> = new Map(kinds.map(({ kind }) => [kind, kind]))

const schemas = new Map<OwnKind, Node>()
const schemaOf = (kind: OwnKind): Node => {
  const known = schemas.get(kind)
  if (known) return known
  const definition = kinds.find((one) => one.kind === kind)
  if (!definition) throw new Error(`${kind} has no schema`)
  const made = customResourceDefinition(definition).spec.versions[0]?.schema.openAPIV3Schema ?? {}
  schemas.set(kind, made)
  return made
}

/** The files as a cluster: what is in them is there; of what is not, nobody knows, but for the settings, which are then the usual ones. */
export const readerOf = (objects: readonly KubeObject[]): ClusterReader => {
  const has = <K extends Kind>({ kind, namespace, name }: Ref<K>): Objects[K] | undefined =>
    objects.find(
      (object) =>
        object.kind === kind &&
        object.metadata?.name === name &&
        (!resources[kind].namespaced || object.metadata.namespace === namespace),
    ) as Objects[K] | undefined
  return {
    get: async (ref) => {
      const found = has(ref)
      const isSetting = (ref.kind === 'KubeOpenCodeConfig' && ref.name === CONFIG_NAME) || ref.kind === 'Namespace'
      if (!found && !isSetting) throw new Error(`${ref.kind} ${ref.name} is not in the files`)
      return found
    },
    list: async () => ({ items: [] }),
  }
}

const asked: readonly AskedKind[] = [
  'Agent',
  'AgentTemplate',
  'ConfigMap',
  'KubeOpenCodeConfig',
  'Namespace',
  'Secret',
  'ServiceAccount',
  'StorageClass',
]

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** `spec.x: says this` to its two halves. */
const halves = (warning: string): { readonly field?: string; readonly message: string } => {
  const [, field, message] = /^((?:spec|metadata|object|status)[^\s:]*): ([\s\S]*)$/.exec(warning) ?? []
  return field === undefined ? { message: warning } : { field, message: message ?? '' }
}

/**
 * One object, as the apiserver with our webhooks would judge its creation: the rules of metadata, the schema, the
 * webhooks' rules with `reader` in the place of the cluster. Undefined for an object of another group.
 */
export const judgeObject = async (
  manifest: ManifestObject,
  reader: ClusterReader,
  namespace: string,
): Promise<Judged | readonly Finding[] | undefined> => {
  const { file, object, positionOf } = manifest
  const apiVersion = text(object['apiVersion'])
  const kindText = text(object['kind'])
  const name = text(valueAt(object, ['metadata', 'name'])) ?? text(valueAt(object, ['metadata', 'generateName']))
  const own = text(valueAt(object, ['metadata', 'namespace']))
  const about = {
    file,
    ...(kindText !== undefined && { kind: kindText }),
    ...(own !== undefined && { namespace: own }),
    ...(name !== undefined && { name }),
  }
  const finding =
    (severity: Finding['severity']) =>
    ({ field, message }: { readonly field?: string; readonly message: string }): Finding => ({
      severity,
      ...about,
      position: positionOf(field ?? ''),
      ...(field !== undefined && { field }),
      message,
    })
  const error = finding('error')

  if (apiVersion === undefined || kindText === undefined)
    return [error({ field: apiVersion === undefined ? 'apiVersion' : 'kind', message: 'is required' })]
  if (!apiVersion.startsWith(`${GROUP}/`)) return undefined
  if (apiVersion !== API_VERSION)
    return [error({ field: 'apiVersion', message: `is not known: write ${API_VERSION}, but it is ${apiVersion}` })]
  const kind = kindsByName.get(kindText)
  if (!kind) {
    const meant = nearest(kindText, [...kindsByName.keys()])
    const hint = meant === undefined ? `there is ${[...kindsByName.keys()].join(', ')}` : `did you mean ${meant}?`
    return [error({ field: 'kind', message: `${kindText} is not known: ${hint}` })]
  }

  const mutating = hooks.find((hook) => hook.type === 'mutate' && hook.kind === kind)
  const validating = hooks.find((hook) => hook.type === 'validate' && hook.kind === kind)
  if (mutating?.type !== 'mutate' || !validating) throw new Error(`${kind} has no webhooks`)
  const given = placed(object, namespace)
  const stored = mutating.mutate(given) as KubeObject
  const request = {
    operation: 'CREATE' as const,
    uid: 'offline',
    object: stored as Record<string, unknown>,
    namespace: stored.metadata?.namespace ?? '',
  }
  const { faults = [], warnings = [] } = await judge(validating, request, {
    bus: { publish: async () => {} },
    log: quiet,
    reader,
    askedKinds: asked,
  })
  return {
    manifest,
    kind,
    object: stored,
    findings: [
      ...metadataFaults(object).map(error),
      ...faults.map(error),
      ...warnings.map(halves).map(finding('warning')),
      ...unknownFields(object, { ...schemaOf(kind), properties: { ...schemaOf(kind).properties, metadata: {} } }).map(
        finding('warning'),
      ),
    ],
  }
}
