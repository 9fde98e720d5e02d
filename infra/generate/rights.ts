import type { PolicyRule } from 'kubernetes-types/rbac/v1'
import type { Right } from '../../functions/table.ts'

/** The fewest RBAC rules that allow exactly `rights`: resources of a group with the same verbs share one. Sorted. */
export const rulesOf = (rights: readonly Right[]): PolicyRule[] => {
  const verbsOf = new Map<string, Set<string>>()
  for (const { apiGroup, resources, verbs } of rights) {
    for (const resource of resources) {
      const key = `${apiGroup} ${resource}`
      verbsOf.set(key, new Set([...(verbsOf.get(key) ?? []), ...verbs]))
    }
  }
  const rules = new Map<string, { apiGroup: string; resources: string[]; verbs: string[] }>()
  for (const [key, found] of [...verbsOf].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [apiGroup = '', resource = ''] = key.split(' ')
    const verbs = [...found].toSorted()
    const shared = `${apiGroup} ${verbs.join()}`
    rules.set(shared, { apiGroup, verbs, resources: [...(rules.get(shared)?.resources ?? []), resource] })
  }
  return [...rules.values()].map(({ apiGroup, resources, verbs }) => ({ apiGroups: [apiGroup], resources, verbs }))
}
