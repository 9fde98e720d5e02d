import { clusterOver } from '../../infra/cluster/rest.ts'
import type { KubeObject, Ref } from '../../shared/kubernetes.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import type { Cluster } from '../../shared/ports.ts'
import { sendTo } from '../simulation/apiserver/http.ts'
import type { Stored } from '../simulation/apiserver/object.ts'
import { overTheWire, refOf } from '../simulation/apiserver/object.ts'
import { createApiserver } from '../simulation/apiserver/server.ts'
import { now } from './time.ts'

export interface MemoryCluster extends Cluster {
  /** What was written, in its order: `create Pod default/job-pod`. A refused write is there too. */
  readonly writes: string[]
  /** Asked before each write; what it gives is thrown. */
  refuse: (write: string) => Error | undefined
  /** Puts an object there as it is, with a new resourceVersion. */
  readonly put: (object: KubeObject) => void
  readonly drop: (ref: Ref) => void
}

/** The Cluster port on the simulation's apiserver, without hooks, writing down what is written. */
export const memoryCluster = (...objects: readonly KubeObject[]): MemoryCluster => {
  const apiserver = createApiserver({ now: () => now.getTime() })
  const { store } = apiserver
  const port = clusterOver(sendTo(apiserver), 'kubeopencode')
  const writes: string[] = []
  const write = async <T>(what: string, go: () => Promise<T>): Promise<T> => {
    writes.push(what)
    const error = cluster.refuse(what)
    if (error) throw error
    return go()
  }

  const cluster: MemoryCluster = {
    writes,
    refuse: () => undefined,
    put: (object) => {
      const metadata = { uid: `uid-${store.version()}`, ...object.metadata }
      store.write(overTheWire({ ...object, metadata }) as Stored, 'somebody')
    },
    drop: (ref) => store.remove(ref, 'somebody'),
    get: (ref) => port.get(ref),
    list: (kind, options) => port.list(kind, options),
    create: (object) => write(`create ${describeRef(refOf(object))}`, () => port.create(object)),
    apply: (object, options) => write(`apply ${describeRef(refOf(object))}`, () => port.apply(object, options)),
    patch: (ref, patch, resourceVersion) =>
      write(`patch ${describeRef(ref)}`, () => port.patch(ref, patch, resourceVersion)),
    patchStatus: (ref, patch, resourceVersion) =>
      write(`status ${describeRef(ref)}`, () => port.patchStatus(ref, patch, resourceVersion)),
    remove: (ref, uid) => write(`remove ${describeRef(ref)}`, () => port.remove(ref, uid)),
  }
  for (const object of objects) cluster.put(object)
  return cluster
}
