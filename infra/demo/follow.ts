/** Watches one object with its Pods until it is where it should be, and says each change once. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pod } from 'kubernetes-types/core/v1'
import { RetryableError } from '../../shared/errors.ts'
import type { Objects } from '../../shared/kubernetes.ts'
import type { ClusterReader, ListOptions } from '../../shared/ports.ts'
import type { Screen } from './screen.ts'

const LOOK_MILLISECONDS = 250

/** What the containers of our Pods are for. */
const purposes: Readonly<Record<string, string>> = {
  'opencode-init': 'brings OpenCode into the Pod',
  'context-init': 'lays out prompt, configuration and texts',
  'plugin-init': 'installs plugins',
  'opencode-server': 'starts OpenCode and waits for work',
  agent: 'hands the prompt to the Agent and follows its work',
}

const purposeOf = (container: string): string =>
  purposes[container] ??
  (container.startsWith('git-init')
    ? 'clones a Git repository'
    : container.startsWith('url-fetch')
      ? 'fetches a URL'
      : '')

/** Why a Pod does not start, in the words of scheduler and kubelet; undefined where nothing is wrong. */
export const podTrouble = ({ status }: Pod): string | undefined => {
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  if (unscheduled?.message) return unscheduled.message
  for (const { name, state, lastState } of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const { reason, message } = state?.waiting ?? {}
    if (reason && !['ContainerCreating', 'PodInitializing'].includes(reason))
      return `${name}: ${reason}${message ? `: ${message}` : ''}`
    const ended = lastState?.terminated
    if (ended && ended.exitCode !== 0) return `${name} ended with ${ended.exitCode} (${ended.reason ?? 'Error'})`
  }
  return undefined
}

type Story = { readonly say: (word: string, rest?: string, isBad?: boolean) => void; readonly screen: Screen }

/** Lines of one object: seconds since its start, a word, and the rest. */
export const tellStory = (screen: Screen, startedAt: number): Story => ({
  screen,
  say: (word, rest = '', isBad = false) => {
    const { colors } = screen
    const seconds = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`.padStart(8)
    const colored = isBad ? colors.red(word.padEnd(16)) : word.padEnd(16)
    screen.line(`${colors.dim(seconds)}  ${colored} ${colors.dim(rest)}`.trimEnd())
  },
})

/** Tells what Pods do: each container once when it starts, and each trouble once. */
export const podTeller = ({ say, screen }: Story): ((pods: readonly Pod[]) => void) => {
  const told = new Set<string>()
  const once = (key: string, tell: () => void): void => {
    if (told.has(key)) return
    told.add(key)
    tell()
  }
  return (pods) => {
    for (const pod of pods) {
      if (pod.metadata?.deletionTimestamp) continue
      const uid = pod.metadata?.uid ?? ''
      const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
      for (const { name, state } of statuses)
        if (state?.running ?? state?.terminated)
          once(`${uid} ${name}`, () => {
            say(name, purposeOf(name))
            screen.waitFor(name)
          })
      const trouble = podTrouble(pod)
      if (trouble) once(`${uid} ${trouble}`, () => say('!', `${pod.metadata?.name}: ${trouble}`, true))
    }
  }
}

export type Watched = 'Agent' | 'Task'

/**
 * Looks at the object and its Pods four times a second and hands both to `tell`, until `tell` gives a result.
 * Throws a sentence when the object is deleted by somebody else, or when `seconds` have passed.
 */
export const watchUntil = async <K extends Watched, Result>(
  cluster: ClusterReader,
  ref: { readonly kind: K; readonly namespace: string; readonly name: string },
  podSelection: ListOptions,
  tell: (object: Objects[K], pods: readonly Pod[]) => Result | undefined,
  seconds: number,
): Promise<Result> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    try {
      const [object, pods] = await Promise.all([
        cluster.get(ref),
        cluster.list('Pod', { ...podSelection, namespace: ref.namespace }),
      ])
      if (!object)
        throw new Error(`${ref.kind} ${ref.name} was deleted while the demo followed it; run the demo again.`)
      const result = tell(object, pods.items)
      if (result !== undefined) return result
      if (performance.now() > deadline) throw new Error(tooLate(ref, object, pods.items, seconds))
    } catch (error) {
      // An apiserver that is busy or restarts is asked again.
      if (!(error instanceof RetryableError) || performance.now() > deadline) throw error
    }
    await sleep(LOOK_MILLISECONDS)
  }
}

const tooLate = <K extends Watched>(
  { kind, namespace, name }: { readonly kind: K; readonly namespace: string; readonly name: string },
  { status }: Objects[K],
  pods: readonly Pod[],
  seconds: number,
): string => {
  const troubles = pods.flatMap((pod) => podTrouble(pod) ?? [])
  const reasons = (status?.conditions ?? []).filter(({ status: is }) => is === 'False').map(({ message }) => message)
  const why = [...troubles, ...reasons][0] ?? `its phase is ${status?.phase ?? 'not set: is the controller running?'}`
  return `${kind} ${name} did not get there in ${seconds} s: ${why}. Look closer with: kubectl describe ${kind.toLowerCase()} ${name} -n ${namespace}`
}
