import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1'
import { badRequest } from '../problem.ts'

/** In the order in which they run. */
export const containersOf = ({ spec }: Pod): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name)

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((one) => one.name === name)

/** Whether there is a log to read. */
export const hasStarted = (pod: Pod, name: string): boolean => {
  const state = statusOf(pod, name)?.state
  return state?.running !== undefined || state?.terminated !== undefined
}

/** Whether it may still say something. */
export const isRunning = (pod: Pod, name: string): boolean => statusOf(pod, name)?.state?.running !== undefined

/** Whether nothing will start any more. */
export const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** Those that are read: all, or the one that is asked for, from the one on where a client has stopped. */
export const chosen = (pod: Pod, only: string | undefined, from: string | undefined): string[] => {
  const all = containersOf(pod)
  if (only !== undefined && !all.includes(only))
    throw badRequest(`the Pod has no container ${only}; it has ${all.join(', ')}`)
  const wanted = only === undefined ? all : [only]
  const index = from === undefined ? 0 : wanted.indexOf(from)
  return index < 0 ? wanted : wanted.slice(index)
}
