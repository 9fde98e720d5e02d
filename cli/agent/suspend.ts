import { resumeAgent, suspendAgent } from '../../shared/requests.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'

export const setSuspended = async (
  io: Io,
  names: readonly string[],
  verb: 'suspend' | 'resume',
  options: ClusterOptions,
): Promise<void> => {
  const { api, namespace } = await openCluster(options, io)
  const isSuspending = verb === 'suspend'
  for (const name of names) {
    const ref = { kind: 'Agent', namespace, name } as const
    const before = await api.need(ref)
    if (before.spec.suspend === isSuspending && isSuspending === (before.status?.suspended ?? isSuspending)) {
      print(io, `Agent ${name} is ${isSuspending ? 'suspended' : 'awake'} already`)
      continue
    }
    await api.merge(`cannot ${verb} Agent ${name}`, ref, isSuspending ? suspendAgent : resumeAgent)
    const active = before.status?.activeTasks?.length ?? 0
    const rest = active > 0 ? `; the server stays until the Tasks at work have ended (${active} hold a place)` : ''
    print(io, isSuspending ? `Agent ${name} is suspended${rest}` : `Agent ${name} is resumed; its server starts`)
  }
}
