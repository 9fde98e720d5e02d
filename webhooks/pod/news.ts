import { ordinaryWaits } from '../../shared/kubernetes.ts'

/** CEL: whether a container does not wait, or for what passes by itself. */
const isGoingOn = `(!one.?state.?waiting.?reason.hasValue() || one.state.waiting.reason in ${JSON.stringify(ordinaryWaits)})`

/** CEL: whether Pods, as they were and as they will be, start and run as every Pod does. Nothing in it can fail. */
const bothAreWell = (more: string): string => `[object, oldObject].all(pod,
  pod.?status.?phase.orValue('') in ['Pending', 'Running']
  && !has(pod.metadata.deletionTimestamp)
  && pod.?status.?conditions.orValue([]).all(one, one.type != 'PodScheduled' || one.status != 'False')
  && pod.?status.?initContainerStatuses.orValue([]).all(one,
    one.?state.?terminated.?exitCode.orValue(0) == 0 && ${isGoingOn})
  && pod.?status.?containerStatuses.orValue([]).all(one,
    !one.?state.?terminated.hasValue() && ${isGoingOn})${more})`

const unless = (condition: string): string => `request.operation != 'UPDATE' || !${condition}`

/**
 * CEL: whether a write of a Task's Pod can change anything for its Task. A kubelet writes a status four to six times on the
 * way to a Pod that runs, of which a Task has nothing to say. Where the agent may ask, a Pod that is not ready is news.
 */
export const taskPodNews = unless(
  bothAreWell(`
  && pod.?spec.?containers.orValue([]).all(one, !has(one.readinessProbe))`),
)

/** CEL: the same of the Pod of an Agent's server. Whether it is ready is told by its Deployment. */
export const agentPodNews = unless(bothAreWell(''))
