import { annotations } from '../../crds/names.ts'
import { CommandError } from '../errors.ts'
import { resumeCronTask, suspendCronTask, triggerCronTask } from '../../shared/requests.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'

type Verb = 'trigger' | 'suspend' | 'resume'

const patches: Readonly<Record<Verb, object>> = {
  trigger: triggerCronTask,
  suspend: suspendCronTask,
  resume: resumeCronTask,
}

/** How long the controller may take to answer a trigger before it is left to it. */
const patienceMs = 5_000
const lookMs = 150

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const change = async (io: Io, names: readonly string[], verb: Verb, options: ClusterOptions): Promise<void> => {
  const { api, namespace } = await openCluster(options, io)
  for (const name of names) {
    const ref = { kind: 'CronTask', namespace, name } as const
    const before = await api.need(ref)
    if (verb !== 'trigger' && before.spec.suspend === (verb === 'suspend')) {
      print(io, `CronTask ${name} is ${verb === 'suspend' ? 'suspended' : 'on schedule'} already`)
      continue
    }
    await api.merge(`cannot ${verb} CronTask ${name}`, ref, patches[verb])
    if (verb === 'suspend') print(io, `CronTask ${name} is suspended`)
    if (verb === 'resume') print(io, `CronTask ${name} follows its schedule again: ${before.spec.schedule}`)
    if (verb !== 'trigger') continue
    const deadline = io.now().getTime() + patienceMs
    for (;;) {
      const seen = await api.need(ref)
      const { lastTriggerTime } = seen.status ?? {}
      const isServed = seen.metadata.annotations?.[annotations.trigger] === undefined
      if (isServed && lastTriggerTime !== before.status?.lastTriggerTime && lastTriggerTime !== undefined) {
        print(io, `Task ${name}-${Date.parse(lastTriggerTime) / 1000} is created`)
        break
      }
      if (isServed) {
        const reason = seen.status?.conditions?.find(({ type }) => type === 'Ready')
        throw new CommandError(`CronTask ${name} was asked, and made no Task${reason ? `: ${reason.message}` : ''}`)
      }
      if (io.now().getTime() > deadline) {
        throw new CommandError(
          `CronTask ${name} is asked to run, and the controller has not answered within ${patienceMs / 1000} s: kubeoc doctor tells whether it is there`,
        )
      }
      await pause(lookMs)
    }
  }
}
