import type { Deployment } from 'kubernetes-types/apps/v1'
import { tick } from '../../functions/schedule/tick.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { Hint, Key } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Kind, KubeObject } from '../../shared/kubernetes.ts'
import { available } from './core.ts'
import type { RecordedDeps } from './deps.ts'
import { recordedDeps } from './deps.ts'
import { memoryCluster } from './memory-cluster.ts'
import { later } from './time.ts'

const table = functionsTable(builtIn)
const rows = new Map(table.map((row) => [row.kind, row]))
const mostLooks = 500

/** The functions on a cluster in memory. The test plays the user, the kubelet and the Deployment controller. */
export const world = (...objects: readonly KubeObject[]) => {
  const deps: RecordedDeps = recordedDeps(memoryCluster(...objects))
  const { cluster, published, hints } = deps
  let seconds = 0

  /** Looks at `keys` and at whatever they wake, until nobody is woken any more. Gives the writes. */
  const look = async (...keys: readonly Key[]): Promise<string[]> => {
    const before = cluster.writes.length
    // What whoever was killed had in mind died with them.
    hints.splice(0)
    const waiting: Hint[] = keys.map((key) => ({ key }))
    for (let looks = 0; waiting.length > 0; looks += 1) {
      if (looks > mostLooks)
        throw new Error(`they wake each other without end: ${waiting.map(({ key }) => keyText(key)).join(', ')}`)
      const hint = waiting.shift()!
      const { againSeconds } = await rows.get(hint.key.kind)!.deliver(hint, deps)
      if (againSeconds === 0) hints.push({ key: hint.key })
      published.splice(0)
      for (const told of hints.splice(0))
        if (!waiting.some(({ key, turn }) => keyText(key) === keyText(told.key) && turn === told.turn))
          waiting.push(told)
    }
    return cluster.writes.slice(before)
  }

  /** An hour of sweeps, each with a later clock: the writes they cause. */
  const sweeps = async (...keys: readonly Key[]): Promise<string[]> => {
    const writes: string[] = []
    for (let round = 0; round < 12; round += 1) {
      seconds += 300
      deps.time = later(seconds)
      writes.push(...(await look(...keys)))
    }
    return writes
  }

  const read = async <K extends Kind>(kind: K, name: string) =>
    (await cluster.get({ kind, namespace: 'default', name }))!

  return {
    ...deps,
    look,
    /** From now on agents wait to be told this. */
    ask: (asking: RecordedDeps['asking']) => {
      deps.asking = asking
    },
    tick: () => tick(table, cluster, deps.bus, deps.clock.now(), 0),
    sweeps,
    read,
    pass: (more: number) => {
      seconds += more
      deps.time = later(seconds)
    },
    serve: async (readyReplicas = 1) =>
      cluster.put(available((await read('Deployment', 'coder-server')) as Deployment, readyReplicas)),
    change: async (kind: Kind, name: string, change: (object: never) => KubeObject) =>
      cluster.put(change((await read(kind, name)) as never)),
  }
}
