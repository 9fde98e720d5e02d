import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { isWrite } from './audit.ts'
import { inFlight, width } from './pace.ts'
import type { Rig } from './rig.ts'
import { functionsUser } from './rig.ts'

const patienceMs = 60_000

/**
 * Until the functions have written nothing for so long: what was made before is over then, on a busy machine too. Who never
 * comes to rest is left to whoever counts.
 */
export const untilAtRest = async ({ audit }: Rig, milliseconds: number): Promise<void> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const mark = audit.mark()
    await sleep(milliseconds)
    if (!audit.since(mark, functionsUser).some(isWrite) || performance.now() > deadline) return
  }
}

/** Takes away all of a collection, one by one: a single request for thousands that are judged is ended after a minute. */
export const removeAll = async ({ person }: Rig, collection: string): Promise<void> => {
  const { items } = await person.read<{ readonly items: readonly KubeObject[] }>(collection)
  await inFlight(items.length, width, (index) => person.send('DELETE', `${collection}/${items[index]?.metadata?.name}`))
}
