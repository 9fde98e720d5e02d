import { clusterOver, pathOf } from '../../infra/cluster/rest.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import type { Kind, KubeObject } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { Cluster } from '../../shared/ports.ts'

/** The other side of the Cluster port: an apiserver with our kinds, in whose namespace `default` there is nothing of ours. */
export interface OtherSide {
  readonly send: Send
  /** Returns once `holds`, while the garbage collector of this side is at work; throws when it does not come to that. */
  readonly until: (holds: () => Promise<boolean>) => Promise<void>
}

export interface Reply {
  readonly code: number
  readonly body: Known
}

/** As much of an answer as the suite looks at. */
export interface Known {
  readonly kind?: string
  readonly reason?: string
  readonly message?: string
  readonly metadata: NonNullable<KubeObject['metadata']> & { readonly continue?: string }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, string>>
  readonly items?: readonly Known[]
}

/** The whole body of a PUT. */
type Replacement = Omit<KubeObject, 'metadata'> & { readonly metadata?: object; readonly spec?: object }

export type Fields = Readonly<Record<string, unknown>>

const types = {
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** Short words for requests in namespace `default`. */
export const hands = ({ send, until }: OtherSide) => {
  const ask = async (method: string, path: string, body?: object, contentType?: string): Promise<Reply> => {
    const answer = await send(method, path, {
      ...(body && { body }),
      ...(contentType !== undefined && { contentType }),
    })
    return { code: answer.status, body: (await answer.json()) as Known }
  }
  const at = (kind: Kind, name?: string) => pathOf(kind, 'default', name)
  return {
    until,
    ask,
    cluster: clusterOver(send, 'contract') satisfies Cluster,
    create: (object: KubeObject, query = '') => ask('POST', `${at(object.kind as Kind)}${query}`, object),
    read: (kind: Kind, name: string) => ask('GET', at(kind, name)),
    list: (kind: Kind, query: Readonly<Record<string, string>> = {}) =>
      ask('GET', `${at(kind)}?${new URLSearchParams(query)}`),
    replace: (object: Replacement, sub = '') =>
      ask('PUT', `${at(object.kind as Kind, (object.metadata as { name?: string }).name)}${sub}`, object),
    patch: (kind: Kind, name: string, body: object, sub = '') =>
      ask('PATCH', `${at(kind, name)}${sub}`, body, types.merge),
    apply: (object: KubeObject, manager = 'contract') =>
      ask(
        'PATCH',
        `${at(object.kind as Kind, object.metadata?.name)}?fieldManager=${manager}&force=true`,
        object,
        types.apply,
      ),
    remove: (kind: Kind, name: string, options: object = {}) => ask('DELETE', at(kind, name), options),
  }
}
export type Hands = ReturnType<typeof hands>

/** An object of any kind, for a request. */
export const made = (kind: Kind, name: string, rest: Fields = {}): KubeObject => {
  const { metadata, ...fields } = rest
  return {
    apiVersion: resources[kind].apiVersion,
    kind,
    metadata: { name, ...(metadata as object | undefined) },
    ...fields,
  }
}

export const taskOf = (name: string, spec: Fields = {}, metadata: Fields = {}): KubeObject =>
  made('Task', name, { metadata, spec: { agentRef: { name: 'coder' }, description: 'work', ...spec } })

export const podOf = (name: string, spec: Fields = {}, metadata: Fields = {}): KubeObject =>
  made('Pod', name, {
    metadata,
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/x:v1' }], ...spec },
  })

export const ownedBy = ({ kind, metadata }: Known, apiVersion = 'kubeopencode.io/v1alpha1'): Fields => ({
  ownerReferences: [
    { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
  ],
})

/** One promise of the other side. */
export type Case = readonly [name: string, run: (side: Hands) => Promise<void>]

export const versionOf = ({ body }: { readonly body: { readonly metadata: { readonly resourceVersion?: string } } }) =>
  body.metadata.resourceVersion
