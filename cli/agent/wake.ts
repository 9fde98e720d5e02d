import type { Agent } from '../../crds/agent.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { keepAwake, resumeAgent } from '../../shared/requests.ts'
import type { Access } from '../cluster/access.ts'
import { statesOf } from '../cluster/states.ts'
import { CommandError } from '../errors.ts'
import type { Io } from '../io.ts'
import { createProgress } from '../progress.ts'

const isSuspended = ({ spec, status }: Agent): boolean => spec.suspend || status?.suspended === true

/** What a server that does not answer yet waits for, in the controller's words. */
const waitingText = ({ metadata, status }: Agent): string => {
  const server = conditionOf(status?.conditions, 'ServerReady')
  const ready = conditionOf(status?.conditions, 'Ready')
  if (status?.suspended === true) return `Agent ${metadata.name} is being woken`
  const why = ready?.status === 'False' ? ready.message : server?.status === 'False' ? server.message : undefined
  return `Agent ${metadata.name} starts${why === undefined ? '' : `: ${why}`}`
}

/** An Agent in this phase does not become ready by waiting. */
const isBroken = ({ status }: Agent): boolean => status?.phase === 'Invalid'

/**
 * Wakes an Agent where it sleeps and gives it once its server is ready. One with standby is also told of the
 * connection, and goes back to sleep by itself.
 */
export const wake = async (
  io: Io,
  access: Access,
  name: string,
  patienceMs: number,
  /** The option by which the caller's command waits longer. */
  longer = '--wake-timeout',
): Promise<Agent> => {
  const { api, namespace } = access
  const ref = { kind: 'Agent', namespace, name } as const
  const agent = await api.need(ref)
  if (agent.status?.ready === true && !isSuspended(agent)) return agent

  const progress = createProgress(io)
  const late = AbortSignal.timeout(patienceMs)
  let seen = agent
  try {
    if (isSuspended(agent)) {
      const isStandby = agent.spec.standby !== undefined
      progress.line(
        isStandby
          ? `Agent ${name} sleeps and is woken.`
          : `Agent ${name} is suspended and is resumed; it stays awake afterwards.`,
      )
      await api.merge(
        `cannot wake Agent ${name}`,
        ref,
        isStandby ? { ...resumeAgent, ...keepAwake(api.serverNow()) } : resumeAgent,
      )
    }
    const signal = AbortSignal.any([io.interrupted, late])
    for await (const state of statesOf(access, ref, signal, io.now)) {
      if (!state) throw new CommandError(`Agent ${name} was deleted while it was waited for`)
      seen = state
      if (seen.status?.ready === true && !isSuspended(seen)) return seen
      if (isBroken(seen)) throw new CommandError(waitingText(seen))
      progress.state(waitingText(seen), `Agent ${name}`)
    }
    if (io.interrupted.aborted) throw new CommandError('')
    throw new CommandError(
      `${waitingText(seen)}; it was not ready within ${patienceMs / 1000} s. kubeoc describe agent ${name} -n ${namespace} tells more, ${longer} waits longer`,
    )
  } finally {
    progress.end()
  }
}
