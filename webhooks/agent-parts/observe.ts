import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { named } from '../observe.ts'

/** What an Agent's server is made of, by its label. */
export const observeAgentPart: Wake = ({ metadata }) => named('Agent', metadata, labels.agent)
