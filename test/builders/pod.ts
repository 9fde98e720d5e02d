import type { ContainerState, Pod, PodStatus } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Change } from './change.ts'
import { changed } from './change.ts'
import { at } from './time.ts'

interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** Controlled by `owner`, as the garbage collector sees it. */
export const ownedBy =
  ({ kind, name, uid }: Owner) =>
  <T extends KubeObject>(object: T): T => ({
    ...object,
    metadata: {
      ...object.metadata,
      ownerReferences: [
        { apiVersion: 'kubeopencode.io/v1alpha1', kind, name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
  })

export const theTask: Owner = { kind: 'Task', name: 'job', uid: 'task-uid-1' }
export const theAgent: Owner = { kind: 'Agent', name: 'coder', uid: 'agent-uid-1' }

/** Pod `default/job-pod` of Task `job`, made ten seconds ago, that no node has taken yet. */
export const pod = (...changes: Change<Pod>[]): Pod =>
  changed<Pod>(
    ownedBy(theTask)({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'job-pod', namespace: 'default', uid: 'pod-uid-1', creationTimestamp: at(-10) },
      status: { phase: 'Pending' },
    }),
    changes,
  )

export const withPodStatus =
  (status: PodStatus): Change<Pod> =>
  (one) => ({ ...one, status: { ...one.status, ...status } })

const container = (name: string, state: ContainerState) => ({
  name,
  state,
  image: 'example.com/image:v1',
  imageID: '',
  ready: false,
  restartCount: 0,
})

export const running: Change<Pod> = withPodStatus({
  phase: 'Running',
  containerStatuses: [container('agent', { running: { startedAt: at(-5) } })],
})

/** Its agent may ask, and says that it does by not being ready. */
export const asking: Change<Pod> = (one) =>
  running({
    ...one,
    spec: {
      ...one.spec,
      containers: [
        {
          name: 'agent',
          readinessProbe: { httpGet: { port: 4097 } },
          env: [{ name: 'PERMISSION_WAIT_SECONDS', value: '600' }],
        },
      ],
    },
  })

/** Its agent may ask, and works. */
export const working: Change<Pod> = (one) => {
  const { status, ...rest } = asking(one)
  const containerStatuses = (status?.containerStatuses ?? []).map((container) => ({ ...container, ready: true }))
  return { ...rest, status: { ...status, containerStatuses } }
}

/** The container waits, in the kubelet's words. */
export const waiting = (reason: string, message?: string, name = 'agent'): Change<Pod> => {
  const status = container(name, { waiting: { reason, ...(message !== undefined && { message }) } })
  return withPodStatus(name === 'agent' ? { containerStatuses: [status] } : { initContainerStatuses: [status] })
}

export const unschedulable = (message: string): Change<Pod> =>
  withPodStatus({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] })

/** The main container ended; the Pod's phase follows its exit code. */
export const ended = (
  exitCode: number,
  message?: string,
  reason = exitCode === 0 ? 'Completed' : 'Error',
): Change<Pod> =>
  withPodStatus({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      container('agent', {
        terminated: { exitCode, reason, finishedAt: at(-1), ...(message !== undefined && { message }) },
      }),
    ],
  })

export const initFailed = (name: string, exitCode: number, message?: string): Change<Pod> =>
  withPodStatus({
    phase: 'Failed',
    initContainerStatuses: [
      container(name, { terminated: { exitCode, reason: 'Error', ...(message !== undefined && { message }) } }),
    ],
  })

/** The node ended the Pod, without any word of a container. */
export const evicted = (message: string): Change<Pod> => withPodStatus({ phase: 'Failed', reason: 'Evicted', message })
