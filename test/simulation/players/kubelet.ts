import type { ContainerState, Pod, PodStatus } from 'kubernetes-types/core/v1'
import { labels } from '../../../crds/names.ts'
import type { Change } from '../apiserver/store.ts'
import type { Hand } from './hand.ts'

/** What becomes of a Pod once it runs. */
export interface Life {
  /** Seconds from its creation until its containers run. */
  readonly startSeconds: number
  /** Seconds it runs; undefined for a server. */
  readonly runSeconds: number | undefined
  readonly end: 'succeeds' | 'fails' | 'is killed for its memory' | 'is evicted' | 'vanishes'
  /** Seconds from a deletion until it is gone. */
  readonly stopSeconds: number
  /** Its image cannot be pulled: it never starts. */
  readonly hasNoImage?: boolean
  /** Its agent asks a person after so many seconds at work, and says so by not being ready; it ends once it is told. */
  readonly asksAfterSeconds?: number
  /** The main container's termination message. */
  readonly message?: string
}

export const briefLife: Life = { startSeconds: 2, runSeconds: 30, end: 'succeeds', stopSeconds: 2 }
export const serverLife: Life = { ...briefLife, runSeconds: undefined }

const containers = (pod: Pod, state: ContainerState): NonNullable<PodStatus['containerStatuses']> =>
  (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: state.running !== undefined,
    restartCount: 0,
    state,
  }))

const ended = (pod: Pod, exitCode: number, reason: string, message?: string): PodStatus => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: containers(pod, { terminated: { exitCode, reason, ...(message !== undefined && { message }) } }),
})

const endings: Readonly<Record<Exclude<Life['end'], 'vanishes'>, (pod: Pod, life: Life) => PodStatus>> = {
  succeeds: (pod, { message }) => ended(pod, 0, 'Completed', message),
  fails: (pod, { message = 'the tests do not pass' }) => ended(pod, 1, 'Error', message),
  'is killed for its memory': (pod) => ended(pod, 137, 'OOMKilled'),
  'is evicted': () => ({ phase: 'Failed', reason: 'Evicted', message: 'the node was low on memory' }),
}

/** The scheduler and the kubelets: every Pod is bound, runs, and comes to its end or is ended. */
export const kubelet = (hand: Hand, lifeOf: (pod: Pod) => Life): ((change: Change) => void) => {
  const status = (pod: Pod, next: PodStatus) => hand.status('Pod', pod.metadata?.name ?? '', next)

  /** Does it later, if the Pod is still this one and lives. */
  const later = (seconds: number, { metadata }: Pod, act: (now: Pod) => void, isLeaving = false): void =>
    hand.later(seconds, () => {
      const now = hand.read('Pod', metadata?.name ?? '')
      const isSame = now?.metadata?.uid === metadata?.uid
      if (now && isSame && (now.metadata?.deletionTimestamp !== undefined) === isLeaving) act(now)
    })

  const bring = (pod: Pod): void => {
    const life = pod.metadata?.labels?.[labels.task] === undefined ? serverLife : lifeOf(pod)
    const start = life.startSeconds
    later(start / 2, pod, () => hand.patch('Pod', pod.metadata?.name ?? '', { spec: { nodeName: 'node-1' } }))
    if (life.hasNoImage) {
      const waiting = { reason: 'ImagePullBackOff', message: 'back-off pulling image' }
      later(start, pod, (now) => status(now, { containerStatuses: containers(now, { waiting }) }))
      return
    }
    later(start, pod, (now) =>
      status(now, {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: containers(now, { running: {} }),
      }),
    )
    const { runSeconds, end, asksAfterSeconds } = life
    if (asksAfterSeconds !== undefined)
      later(start + asksAfterSeconds, pod, (now) => {
        const containerStatuses = containers(now, { running: {} }).map((one) => ({ ...one, ready: false }))
        status(now, { conditions: [{ type: 'Ready', status: 'False' }], containerStatuses })
      })
    if (runSeconds === undefined) return
    later(start + runSeconds, pod, (now) => {
      if (end === 'vanishes') hand.remove('Pod', now.metadata?.name ?? '', { gracePeriodSeconds: 0 })
      else status(now, endings[end](now, life))
    })
  }

  const stop = (pod: Pod): void => {
    const isServer = pod.metadata?.labels?.[labels.task] === undefined
    const { stopSeconds } = isServer ? serverLife : lifeOf(pod)
    const gone = (now: Pod) =>
      hand.remove('Pod', now.metadata?.name ?? '', {
        gracePeriodSeconds: 0,
        preconditions: { uid: now.metadata?.uid ?? '' },
      })
    later(stopSeconds, pod, (now) => status(now, ended(now, 143, 'Error')), true)
    later(stopSeconds + 0.1, pod, gone, true)
  }

  return ({ ref, before, after }) => {
    if (ref.kind !== 'Pod' || !after) return
    if (!before) bring(after as Pod)
    else if (after.metadata?.deletionTimestamp !== undefined && before.metadata?.deletionTimestamp === undefined)
      stop(after as Pod)
  }
}
