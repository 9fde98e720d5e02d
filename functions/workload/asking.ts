import { durationSeconds } from '../../crds/duration.ts'
import { DEFAULT_APPROVAL_SECONDS } from '../../crds/execution.ts'
import type { Container, EnvVar, Pod } from 'kubernetes-types/core/v1'
import type { Profile } from '../../shared/merge-template.ts'
import { literal } from './env.ts'
import { mayAsk } from './opencode-config.ts'
import { mainContainer, mainStatusOf } from './pod-outcome.ts'
import type { Settings } from './settings.ts'

/** Where the runner answers the kubelet: 200 while the agent works, 503 while it waits to be told something. */
const askingPort = 4097
const waitVariable = 'PERMISSION_WAIT_SECONDS'

/**
 * What lets a Task's Pod wait for a person, and say so by not being ready: its state is an event that is heard anyway.
 * Only our own runner can, and only where the agent may ask; nothing else is changed.
 */
export const askingParts = (
  profile: Profile,
  settings: Settings,
): { readonly env: EnvVar[]; readonly probe: Pick<Container, 'readinessProbe'> } => {
  if (settings.taskClient !== 'runner' || !mayAsk(profile)) return { env: [], probe: {} }
  const { timeout } = profile.approvals ?? {}
  const seconds = (timeout === undefined ? undefined : durationSeconds(timeout)) ?? DEFAULT_APPROVAL_SECONDS
  return {
    env: [literal(waitVariable, String(Math.ceil(seconds))), literal('ASKING_PORT', String(askingPort))],
    probe: {
      readinessProbe: {
        httpGet: { path: '/asking', port: askingPort },
        periodSeconds: 2,
        timeoutSeconds: 2,
        failureThreshold: 1,
      },
    },
  }
}

/** Whether `pod` may be waiting for a person: it is at work, can tell, and is not ready. */
export const isMaybeAsking = (pod: Pod): boolean => {
  const container = pod.spec?.containers.find(({ name }) => name === mainContainer)
  const status = mainStatusOf(pod)
  return container?.readinessProbe !== undefined && status?.state?.running !== undefined && !status.ready
}

/** How long a question in `pod` waits, in seconds; undefined where the Pod does not say. */
export const askingSeconds = (pod: Pod): number | undefined => {
  const env = pod.spec?.containers.find(({ name }) => name === mainContainer)?.env
  const value = Number(env?.find(({ name }) => name === waitVariable)?.value ?? Number.NaN)
  return Number.isFinite(value) && value > 0 ? value : undefined
}
