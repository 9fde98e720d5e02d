import { labels } from '../../crds/names.ts'
import type { Wake } from '../observe.ts'
import { named } from '../observe.ts'

/** Pods of Tasks, by their label. */
export const observePod: Wake = ({ metadata }) => named('Task', metadata, labels.task)

/** Pods of Agents' servers, by their label. */
export const observeAgentPod: Wake = ({ metadata }) => named('Agent', metadata, labels.agent)
