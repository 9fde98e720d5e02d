import { stopTask } from '../../shared/requests.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'
import { isFinished } from '../../shared/finished.ts'

export const stop = async (io: Io, names: readonly string[], options: ClusterOptions): Promise<void> => {
  const { api, namespace } = await openCluster(options, io)
  for (const name of names) {
    const ref = { kind: 'Task', namespace, name } as const
    const task = await api.need(ref)
    if (isFinished(task)) {
      print(io, `Task ${name} has ended already (${task.status?.phase}); nothing is to be stopped`)
      continue
    }
    await api.merge(`cannot stop Task ${name}`, ref, stopTask)
    print(io, `Task ${name} is asked to stop`)
  }
}
