import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { named } from '../observe.ts'

/** Deployments of Agents, by their label. */
export const observeDeployment: Wake = ({ metadata }) => named('Agent', metadata, labels.agent)
