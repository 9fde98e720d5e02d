import type { Pod } from 'kubernetes-types/core/v1'

/** Milliseconds of one clock. */
export interface Moments {
  readonly applied: number
  readonly answered: number
  /** When the Pod was first seen so far, by what its status told. */
  readonly pod: Readonly<Partial<Record<Sign, number>>>
  /** When the runner said that it has a session; a client of the user's own says nothing. */
  readonly session?: number | undefined
  readonly modelCall: number
}

/** What a Pod's status tells on its way, in this order. */
const signs = ['created', 'scheduled', 'sandbox', 'initialized'] as const
export type Sign = (typeof signs)[number]

const holds = ({ status }: Pod, condition: string): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === condition && value === 'True') ?? false

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions */
const told: Readonly<Record<Sign, (pod: Pod) => boolean>> = {
  created: () => true,
  scheduled: (pod) => holds(pod, 'PodScheduled'),
  sandbox: (pod) => holds(pod, 'PodReadyToStartContainers'),
  initialized: (pod) => holds(pod, 'Initialized'),
}

/** `seen` with what `pod` tells for the first time. */
export const withSigns = (seen: Moments['pod'], pod: Pod, now: number): Moments['pod'] => ({
  ...Object.fromEntries(signs.filter((sign) => told[sign](pod)).map((sign) => [sign, now])),
  ...seen,
})

/** From one moment to the next, each under the name of what is done in it. */
const stages = [
  { stage: 'admission, storage', ends: ({ answered }: Moments) => answered },
  { stage: 'the functions make the Pod', ends: ({ pod }: Moments) => pod.created },
  { stage: 'scheduler', ends: ({ pod }: Moments) => pod.scheduled },
  { stage: 'sandbox and network', ends: ({ pod }: Moments) => pod.sandbox },
  { stage: 'init containers', ends: ({ pod }: Moments) => pod.initialized },
  { stage: 'runner, until it has a session', ends: ({ session }: Moments) => session },
  { stage: 'server, until it calls the model', ends: ({ modelCall }: Moments) => modelCall },
] as const

/**
 * Milliseconds of each stage; together they are the time from apply to the first call. A stage whose end was not seen, or was
 * seen together with a later one, has none, and its time is the next one's.
 */
export const stagesOf = (moments: Moments): ReadonlyMap<string, number> => {
  const durations = new Map<string, number>()
  let begun = moments.applied
  for (const { stage, ends } of stages) {
    const end = Math.min(ends(moments) ?? begun, moments.modelCall)
    durations.set(stage, Math.max(0, end - begun))
    begun = Math.max(begun, end)
  }
  return durations
}
