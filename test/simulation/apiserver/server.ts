import type { ObjectMeta } from 'kubernetes-types/meta/v1'
import type { Hint } from '../../../shared/hint.ts'
import type { Kind, KubeObject, Ref } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import { isSame } from '../../../shared/merge-patch.ts'
import type { Hook } from '../../../webhooks/table.ts'
import type { Review } from './admission.ts'
import { admissionWith } from './admission.ts'
import { applied } from './apply.ts'
import { initialStatus, isEndingAtOnce, withBuiltInDefaults } from './built-in.ts'
import { removal } from './deletion.ts'
import { listed } from './listing.ts'
import type { Json, Stored } from './object.ts'
import { isJson, merged, overTheWire, refOf, without } from './object.ts'
import type { Request } from './request.ts'
import { asDefined, faultsIn, isCustom } from './schema.ts'
import type { Result } from './status.ts'
import { alreadyExists, badRequest, conflict, invalid, missing, notFound, outdated, Refused } from './status.ts'
import type { Store } from './store.ts'
import { createStore } from './store.ts'

export interface ServerOptions {
  /** Wall clock in milliseconds. */
  readonly now: () => number
  readonly hooks?: readonly Hook[]
  /** Takes the hints of the observers, before their write is stored. */
  readonly publish?: (hint: Hint) => void
  /** Seeds uids and generated names, so that a run can be repeated. */
  readonly uid?: (ordinal: number) => string
}

export interface Apiserver {
  readonly store: Store
  readonly request: (request: Request) => Result
}

const uidOf = (ordinal: number): string => `00000000-0000-4000-8000-${ordinal.toString(16).padStart(12, '0')}`

/** What no writer may change. */
const kept = ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']

const metadataOf = (object: Json): ObjectMeta => (isJson(object['metadata']) ? (object['metadata'] as ObjectMeta) : {})

/** What is empty is left out, as omitempty does. */
const tidy = (metadata: Json): Json =>
  Object.fromEntries(
    Object.entries(metadata).filter(
      ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
    ),
  )

/** Everything but metadata and status: what a generation counts. */
const essence = (object: Json): Json => without(object, 'metadata', 'status', 'apiVersion', 'kind')

const isStored = ({ query, isRehearsal }: Request): boolean => query?.['dryRun'] === undefined && !isRehearsal

/** Kinds that count generations. */
const counted = (kind: Kind): boolean => isCustom(kind) || kind === 'Deployment'

const hasStatus = (kind: Kind): boolean => counted(kind) || kind === 'Pod'

/**
 * An apiserver in memory, as far as this project can tell it from a real one: test/contract/cluster.contract.ts runs on
 * both. It keeps every version. It knows no users, no quotas, no namespaces' life and no watches.
 */
export const createApiserver = ({ now, hooks = [], publish = () => {}, uid = uidOf }: ServerOptions): Apiserver => {
  const store = createStore(now)
  const admission = admissionWith(hooks, publish)
  /** What each manager has applied to each object, by uid. */
  const applications = new Map<string, Json>()
  let made = 0

  const timestamp = (): string => `${new Date(now()).toISOString().slice(0, 19)}Z`

  const reviewOf = (
    { kind, namespace, subresource, query }: Request,
    operation: Review['operation'],
    object: Json | undefined,
    prior: Stored | undefined,
  ): Review => ({ operation, kind, namespace, subresource, object, prior, isDryRun: query?.['dryRun'] === 'All' })

  const refOfRequest = ({ kind, namespace, name = '' }: Request): Ref => ({
    kind,
    name,
    ...(resources[kind].namespaced && namespace !== undefined && { namespace }),
  })

  const present = (request: Request): Stored => {
    const found = store.read(refOfRequest(request))
    if (!found) throw notFound(request.kind, request.name ?? '')
    return found
  }

  const bodyOf = ({ kind, body, namespace }: Request): Json => {
    if (!body) throw badRequest('the request has no body')
    const object = overTheWire(body) as Json & KubeObject
    if (object.kind !== undefined && object.kind !== kind)
      throw badRequest(`${object.kind} in body does not match ${kind}`)
    const said = object.metadata?.namespace
    if (said !== undefined && namespace !== undefined && said !== namespace)
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
    return { ...object, apiVersion: resources[kind].apiVersion, kind }
  }

  const validated = (kind: Kind, object: Json): Json => {
    const faults = isCustom(kind) ? faultsIn(kind, object) : undefined
    if (faults !== undefined) throw invalid(kind, metadataOf(object).name ?? '', faults)
    return object
  }

  const create = (request: Request): Result => {
    const { kind, namespace, by = 'somebody' } = request
    const given = bodyOf(request)
    const { name, generateName, ...metadata } = metadataOf(given)
    if (!name && !generateName)
      throw invalid(kind, '', 'metadata.name: Required value: name or generateName is required')
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '')
      throw badRequest('resourceVersion should not be set on objects to be created')
    const raw = {
      ...(hasStatus(kind) ? without(given, 'status') : given),
      metadata: { ...without(metadata as Json, ...kept), ...(generateName && { generateName }), ...(name && { name }) },
    }
    const withNamespace = {
      ...raw,
      metadata: { ...raw.metadata, ...(resources[kind].namespaced && { namespace: namespace ?? 'default' }) },
    }
    const shaped = asDefined(kind, withBuiltInDefaults(kind, withNamespace))
    const mutated = admission.mutate(reviewOf(request, 'CREATE', shaped, undefined)) ?? shaped
    made += 1
    const object = {
      ...asDefined(kind, mutated),
      metadata: {
        ...tidy(metadataOf(mutated) as Json),
        name: name ?? `${generateName}${made.toString(36).padStart(5, 'x')}`,
        uid: uid(made),
        creationTimestamp: timestamp(),
        ...(counted(kind) && { generation: 1 }),
      },
      ...initialStatus(kind),
    } as unknown as Stored
    validated(kind, object)
    admission.judge(reviewOf(request, 'CREATE', object, undefined))
    if (store.read(refOf(object))) throw alreadyExists(kind, object.metadata?.name ?? '')
    return { code: 201, body: isStored(request) ? store.write(object, by) : object }
  }

  /** The last step of every kind of update: `next` is the whole object as the writer wants it. */
  const replace = (request: Request, prior: Stored, next: Json): Result => {
    const { kind, name = '', subresource, by = 'somebody' } = request
    const { resourceVersion, uid: wanted, ...metadata } = metadataOf(next)
    if (wanted !== undefined && wanted !== prior.metadata?.uid)
      throw conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${prior.metadata?.uid}`,
      )
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== prior.metadata?.resourceVersion)
      throw outdated(kind, name)
    const before = metadataOf(prior)
    const fixed = Object.fromEntries(Object.entries(before).filter(([key]) => kept.includes(key)))
    const ownMetadata = {
      ...(subresource === 'status' ? before : without(metadata as Json, ...kept)),
      ...fixed,
      name: before.name,
      ...(before.namespace !== undefined && { namespace: before.namespace }),
      resourceVersion: before.resourceVersion,
    }
    const parts =
      subresource === 'status'
        ? { ...prior, status: next['status'] }
        : hasStatus(kind)
          ? { ...next, status: prior['status'] }
          : next
    const shaped = asDefined(
      kind,
      overTheWire({ ...parts, apiVersion: prior.apiVersion, kind, metadata: ownMetadata }) as Json,
    )
    const mutated = asDefined(kind, admission.mutate(reviewOf(request, 'UPDATE', shaped, prior)) ?? shaped)
    const isNewGeneration = counted(kind) && !isSame(essence(mutated), essence(prior))
    const object = {
      ...mutated,
      metadata: {
        ...tidy(metadataOf(mutated) as Json),
        ...(isNewGeneration && { generation: (before.generation ?? 0) + 1 }),
      },
    } as unknown as Stored
    validated(kind, object)
    admission.judge(reviewOf(request, 'UPDATE', object, prior))
    if (isSame(object, prior)) return { code: 200, body: prior }
    if (!isStored(request)) return { code: 200, body: object }
    if (isEndingAtOnce(object)) {
      store.remove(refOf(object), by)
      return { code: 200, body: object }
    }
    return { code: 200, body: store.write(object, by) }
  }

  const update = (request: Request): Result => {
    const next = bodyOf(request)
    const prior = present(request)
    if (isCustom(request.kind) && !metadataOf(next).resourceVersion)
      throw invalid(
        request.kind,
        request.name ?? '',
        'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      )
    return replace(request, prior, next)
  }

  const patch = (request: Request): Result => {
    const prior = present(request)
    return replace(request, prior, merged(prior, overTheWire(request.body ?? {})) as Json)
  }

  const apply = (request: Request): Result => {
    const given = bodyOf(request)
    const prior = store.read(refOfRequest(request))
    const manager = request.query?.['fieldManager'] ?? request.by ?? 'somebody'
    const fields = { ...given, metadata: without(metadataOf(given) as Json, 'name', 'namespace', 'resourceVersion') }
    const remember = (result: Result): Result => {
      applications.set(
        `${manager} ${metadataOf(result.body as Json).uid}`,
        without(fields, 'apiVersion', 'kind', 'status'),
      )
      return result
    }
    const { resourceVersion, uid: wanted, ...metadata } = metadataOf(given)
    if (!prior) {
      if (wanted !== undefined)
        throw conflict(request.kind, request.name ?? '', 'uid mismatch: no existing object was found')
      // A version is asked for only where there is one.
      return remember(create({ ...request, body: { ...given, metadata: { ...metadata, name: request.name ?? '' } } }))
    }
    if (resourceVersion !== undefined && resourceVersion !== prior.metadata?.resourceVersion)
      throw outdated(request.kind, request.name ?? '')
    if (wanted !== undefined && wanted !== prior.metadata?.uid)
      throw invalid(request.kind, request.name ?? '', `metadata.uid: Invalid value: "${wanted}": field is immutable`)
    const before = applications.get(`${manager} ${prior.metadata?.uid}`)
    return remember(replace(request, prior, withBuiltInDefaults(request.kind, applied(prior, before, fields) as Json)))
  }

  const remove = (request: Request): Result => {
    const prior = present(request)
    const options = overTheWire(request.body ?? {}) as Parameters<typeof removal>[1]
    const step = removal(prior, options, now())
    admission.judge(reviewOf(request, 'DELETE', undefined, prior))
    if (!isStored(request)) return { code: 200, body: prior }
    if (step === 'at once') {
      store.remove(refOf(prior), request.by ?? 'somebody')
      return { code: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } }
    }
    return { code: 200, body: isSame(step, prior) ? prior : store.write(step, request.by ?? 'somebody') }
  }

  const pages = listed(store)
  const verbs: Readonly<Record<Request['verb'], (request: Request) => Result>> = {
    get: (request) => {
      const { changesAgo } = request
      const found = (changesAgo === undefined ? store : store.before(changesAgo)).read(refOfRequest(request))
      return found ? { code: 200, body: found } : missing(request.kind, request.name ?? '')
    },
    list: (request) => (request.changesAgo === undefined ? pages : listed(store.before(request.changesAgo)))(request),
    create,
    update,
    patch,
    apply,
    delete: remove,
  }

  return {
    store,
    request: (request) => {
      try {
        return verbs[request.verb](request)
      } catch (error) {
        if (error instanceof Refused) return error.result
        throw error
      }
    },
  }
}
