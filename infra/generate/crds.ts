import { stringify } from 'yaml'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import type { Output } from './output.ts'
import { GENERATED } from './output.ts'

/** One CustomResourceDefinition a file. */
export const crds = (): Output[] =>
  kinds.map((kind) => ({
    path: `crds/generated/${kind.plural}.yaml`,
    content: GENERATED + stringify(customResourceDefinition(kind), { aliasDuplicateObjects: false, lineWidth: 0 }),
  }))
