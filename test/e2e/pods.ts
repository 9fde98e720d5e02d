import type { World } from './world.ts'

/** uids of every Pod that ever existed, by its name: the kubelet or the scheduler leave its creation in Events. */
export const podsEver = async (world: World): Promise<Map<string, Set<string>>> => {
  const { items } = JSON.parse(await world.kubectl('get', 'events', '-o', 'json')) as {
    items: { involvedObject: { kind: string; name: string; uid: string } }[]
  }
  const pods = new Map<string, Set<string>>()
  for (const { involvedObject } of items) {
    if (involvedObject.kind !== 'Pod') continue
    pods.set(involvedObject.name, (pods.get(involvedObject.name) ?? new Set()).add(involvedObject.uid))
  }
  return pods
}
