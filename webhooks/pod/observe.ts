import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { named } from '../observe.ts'

/** Pods of Tasks, by their label. One that goes frees a slot, though its Task may be gone or have ended long before. */
export const observePod: Wake = ({ operation, metadata }) => [
  ...named('Task', metadata, labels.task),
  ...(operation === 'DELETE' ? named('Agent', metadata, labels.servedBy) : []),
]
