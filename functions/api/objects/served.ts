import type { Kind } from '../../../crds/kind.ts'
import { kinds } from '../../../crds/kinds.ts'
import type { OwnKind } from '../../../shared/kubernetes.ts'

/** The kinds that are served under `/api/v1/{plural}`. The fifth, of which there is one object, is `/api/v1/config`. */
export const servedKinds = ['Task', 'CronTask', 'Agent', 'AgentTemplate'] as const satisfies readonly OwnKind[]
export type ServedKind = (typeof servedKinds)[number]

export const kindNamed = (name: OwnKind): Kind & { readonly kind: OwnKind } => {
  const found = kinds.find(({ kind }) => kind === name)
  if (!found) throw new Error(`there is no kind ${name}`)
  return found
}
