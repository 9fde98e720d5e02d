import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { itself, named } from '../observe.ts'

/** A Task that goes frees a slot of its Agent and a place of its CronTask. */
export const observeTask: Wake = ({ operation, metadata }) => [
  itself('Task', metadata),
  ...(operation === 'DELETE'
    ? [...named('Agent', metadata, labels.agent), ...named('CronTask', metadata, labels.cronTask)]
    : []),
]
