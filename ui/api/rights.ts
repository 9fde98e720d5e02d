import { useEffect, useState } from 'preact/hooks'
import { read } from './client.ts'

interface Rights {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
}

const freshMs = 60_000
const asked = new Map<string, { readonly at: number; readonly rights: Promise<Rights> }>()

const rightsIn = (namespace: string): Promise<Rights> => {
  const known = asked.get(namespace)
  if (known && performance.now() - known.at < freshMs) return known.rights
  const rights = read<Rights>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/rights`)
  asked.set(namespace, { at: performance.now(), rights })
  rights.catch(() => asked.delete(namespace))
  return rights
}

/** Another person may have other rights. */
export const forgetRights = (): void => asked.clear()

/** Where they cannot be read the verbs are offered, and the API says no itself. */
const nothing: Rights = { allowed: [], denied: [] }

/** Whether the reader may do what is named as in RBAC, such as "patch tasks", in each namespace; undefined until the API has said. */
export const useRightsIn = (
  namespaces: readonly string[],
): ((right: string, namespace: string) => boolean | undefined) => {
  const [rights, setRights] = useState<ReadonlyMap<string, Rights>>(new Map())
  const all = [...new Set(namespaces)].toSorted().join(' ')
  useEffect(() => {
    let isCurrent = true
    for (const namespace of all.split(' ').filter(Boolean))
      void rightsIn(namespace)
        .catch(() => nothing)
        .then((found) => isCurrent && setRights((known) => new Map(known).set(namespace, found)))
    return () => {
      isCurrent = false
    }
  }, [all])
  return (right, namespace) => {
    const found = rights.get(namespace)
    return found && !found.denied.includes(right)
  }
}

/** The same of one namespace. */
export const useRights = (namespace: string): ((right: string) => boolean | undefined) => {
  const may = useRightsIn([namespace])
  return (right) => may(right, namespace)
}
