import type { Stored } from '../apiserver/object.ts'
import { refOf } from '../apiserver/object.ts'
import type { Apiserver } from '../apiserver/server.ts'

const foreground = 'foregroundDeletion'

/**
 * One look of the garbage collector at everything there is
 * (https://kubernetes.io/docs/concepts/architecture/garbage-collection/). Gives whether it found anything to do.
 */
export const collect = ({ store, request }: Apiserver): boolean => {
  const everything = store.everything()
  const uids = new Set(everything.map(({ metadata }) => metadata?.uid))
  const remove = (object: Stored): void => {
    const preconditions = { uid: object.metadata?.uid ?? '' }
    request({ verb: 'delete', ...refOf(object), body: { preconditions }, by: 'garbage collector' })
  }
  let isBusy = false
  for (const object of everything) {
    const { metadata = {} } = object
    const owners = metadata.ownerReferences ?? []
    if (owners.length > 0 && owners.every(({ uid }) => !uids.has(uid))) {
      if (metadata.deletionTimestamp !== undefined) continue
      remove(object)
      isBusy = true
    } else if (metadata.finalizers?.includes(foreground) && metadata.deletionTimestamp !== undefined) {
      const children = store
        .everything()
        .filter((child) =>
          child.metadata?.ownerReferences?.some(
            ({ uid, blockOwnerDeletion }) => blockOwnerDeletion && uid === metadata.uid,
          ),
        )
      const left = children.filter((child) => child.metadata?.deletionTimestamp === undefined)
      for (const child of left) remove(child)
      isBusy ||= left.length > 0
      if (children.length > 0) continue
      const finalizers = metadata.finalizers.filter((name) => name !== foreground)
      request({ verb: 'patch', ...refOf(object), body: { metadata: { finalizers } }, by: 'garbage collector' })
      isBusy = true
    }
  }
  return isBusy
}
