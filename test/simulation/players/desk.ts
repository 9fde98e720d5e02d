import type { Pod } from 'kubernetes-types/core/v1'
import { labels } from '../../../crds/names.ts'
import type { Asked, Reply } from '../../../shared/ports.ts'
import type { Hand } from './hand.ts'

const idOf = (task: string): string => `per_${task}`
const tellSeconds = 2

/** A Pod of a Task whose agent waits: it is at work and not ready. */
const isWaiting = ({ metadata, status }: Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.containerStatuses ?? []).some(({ ready, state }) => state?.running !== undefined && !ready)

/** The OpenCode servers, as far as their agents ask: each once, and it goes on when it is told. */
export const createDesk = (kubelet: Hand) => {
  const told: string[] = []
  const settled = new Set<string>()
  const asking = (): readonly Asked[] =>
    kubelet
      .all('Pod')
      .filter((pod) => pod.metadata?.labels?.[labels.task] !== undefined && isWaiting(pod))
      .map(({ metadata }) => idOf(metadata?.labels?.[labels.task] ?? ''))
      .filter((id) => !settled.has(id))
      .map((id) => ({ kind: 'Permission', id, text: 'bash: npm publish' }))

  const tell = (id: string, verdict: Reply['verdict']): 'told' | 'late' => {
    if (!asking().some((one) => one.id === id)) return 'late'
    const task = id.slice(idOf('').length)
    // What is delivered must be on record: nobody would know who had said it.
    if (!kubelet.read('Task', task)?.status?.answers?.some((answer) => answer.id === id && answer.verdict === verdict))
      throw new Error(`Task ${task} was told ${verdict}, which is not on record`)
    settled.add(id)
    told.push(`${id} ${verdict}`)
    kubelet.later(tellSeconds, () => {
      const pod = kubelet.read('Pod', `${task}-pod`)
      if (!pod || !isWaiting(pod)) return
      const containerStatuses = (pod.status?.containerStatuses ?? []).map((one) => ({
        ...one,
        ready: false,
        state: { terminated: { exitCode: 0, reason: 'Completed' } },
      }))
      kubelet.status('Pod', `${task}-pod`, { phase: 'Succeeded', containerStatuses })
    })
    return 'told'
  }
  return { told, asking, tell }
}
