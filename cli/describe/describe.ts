import type { Event } from 'kubernetes-types/events/v1'
import { API_VERSION } from '../../crds/names.ts'
import type { KubeObject, Objects } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { KindName } from '../../crds/kinds.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { UsageError } from '../errors.ts'
import { wantedOf } from '../get/wanted.ts'
import type { Io } from '../io.ts'
import { print, warn } from '../io.ts'
import { childrenOf } from './children.ts'
import {
  childrenSection,
  conditionsSection,
  eventsSection,
  headSection,
  specSection,
  stateSection,
} from './sections.ts'

export interface DescribeOptions extends ClusterOptions {
  readonly events: boolean
}

const eventsOf = async (io: Io, { api }: Access, { metadata }: KubeObject): Promise<Event[] | undefined> => {
  const fieldSelector = `regarding.uid=${metadata?.uid}`
  // Events of an object without a namespace are kept in the default one.
  const namespace = metadata?.namespace ?? 'default'
  return api.list('Event', { namespace, fieldSelector }).catch((error: unknown) => {
    warn(io, `the events are left out: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  })
}

const describeOne = async (io: Io, access: Access, kind: KindName, name: string, withEvents: boolean) => {
  const { api, namespace } = access
  const scope = resources[kind].namespaced ? { namespace } : {}
  const object = { ...(await api.need({ kind, name, ...scope })), apiVersion: API_VERSION, kind } as Objects[KindName]
  const now = io.now()
  const [{ made, tasks }, events] = await Promise.all([
    childrenOf(api, object as KubeObject),
    withEvents ? eventsOf(io, access, object as KubeObject) : undefined,
  ])
  const status = object.status as { conditions?: Parameters<typeof conditionsSection>[0] } | undefined
  const lines = [
    ...headSection(object as KubeObject, now),
    ...stateSection(object, now),
    ...specSection(object.spec),
    ...conditionsSection(status?.conditions, now),
    ...childrenSection(kind === 'AgentTemplate' ? 'Agents' : 'Objects', made, now),
    ...childrenSection('Tasks', tasks, now),
    ...(events ? eventsSection(events, now) : []),
  ]
  for (const line of lines) print(io, line)
}

export const describe = async (io: Io, words: readonly string[], options: DescribeOptions): Promise<void> => {
  const wanted = wantedOf(words)
  const access = await openCluster(options, io)
  const all: (readonly [KindName, string])[] = []
  for (const { kind, names } of wanted) {
    if (!names && wanted.length > 1) throw new UsageError('describe one kind at a time, or KIND/NAME')
    const { namespaced } = resources[kind.kind]
    const found =
      names ??
      (await access.api.list(kind.kind, namespaced ? { namespace: access.namespace } : {})).map(
        ({ metadata }) => metadata.name,
      )
    if (found.length === 0)
      print(io, `There are no ${kind.plural}${namespaced ? ` in namespace ${access.namespace}` : ''}.`)
    for (const name of found) all.push([kind.kind, name])
  }
  for (const [index, [kind, name]] of all.entries()) {
    if (index > 0) print(io, '\n')
    await describeOne(io, access, kind, name, options.events)
  }
}
