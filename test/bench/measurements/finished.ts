import { CONFIG_NAME, SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import { minuteOf } from '../../../functions/schedule/due.ts'
import { tick } from '../../../functions/schedule/tick.ts'
import { functionsTable } from '../../../functions/table.ts'
import { builtIn } from '../../../functions/workload/settings.ts'
import { clock } from '../../../infra/clock.ts'
import { serverKey } from '../../../infra/server-key/key.ts'
import { passwordsFrom } from '../../../shared/server-passwords.ts'
import { isWrite, tally } from '../audit.ts'
import { median } from '../numbers.ts'
import { configObject, paths, taskObject } from '../objects.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import type { Result } from '../row.ts'
import { noGitSyncs, noSessions, quiet } from '../silence.ts'

const namespaces = 10
const ticks = 5
const hour = 3_600_000
/** What one look at the configuration may delete. */
const mostDeleted = 500

const heapMb = (): number => process.memoryUsage().heapUsed / 1024 / 1024

/** Ticks over finished Tasks of which none is due, and one look that finds half of them to be too many. No functions run. */
export const measureFinished = async (rig: Rig, count: number): Promise<Result> => {
  const { person, functions: cluster } = rig
  const names = Array.from({ length: namespaces }, (_, index) => `finished-${index}`)
  for (const name of names) await person.send('POST', paths.namespaces, { metadata: { name } })
  const ended = new Date(Date.now() - hour)
  const status = { phase: 'Completed', completionTime: ended.toISOString(), completionMinute: minuteOf(ended) }
  await inFlight(count, width, async (index) => {
    const [name, tasks] = [`task-${index}`, paths.tasks(`finished-${index % namespaces}`)]
    await person.send('POST', tasks, taskObject(name, 'nobody'))
    await person.send('PATCH', `${tasks}/${name}/status`, { status })
  })
  await person.send('POST', paths.configs, configObject({ ttlSecondsAfterFinished: 24 * 3600 }))
  const rows = functionsTable(builtIn)
  const passwords = passwordsFrom(() => serverKey(cluster, SYSTEM_NAMESPACE))
  const bus = { publish: async () => {} }
  const deps = { cluster, sessions: noSessions, gitSyncs: noGitSyncs, passwords, bus, clock, log: quiet }
  const look = async (): Promise<void> => {
    await rows
      .find(({ kind }) => kind === 'KubeOpenCodeConfig')
      ?.deliver({ key: { kind: 'KubeOpenCodeConfig', name: CONFIG_NAME } }, deps)
  }
  await look()

  const markTicks = rig.audit.mark()
  const times: number[] = []
  for (let round = 0; round < ticks; round += 1) {
    const begun = performance.now()
    await tick(rows, cluster, bus, new Date(), 15)
    times.push((performance.now() - begun) / 1000)
  }
  const asked = rig.audit.since(markTicks, functionsUser)

  const keep = Math.floor(count / namespaces / 2)
  await person.send('PATCH', `${paths.configs}/${CONFIG_NAME}`, { spec: { cleanup: { maxRetainedTasks: keep } } })
  const markLook = rig.audit.mark()
  const heapBefore = heapMb()
  let heap = heapBefore
  const timer = setInterval(() => (heap = Math.max(heap, heapMb())), 5)
  const begun = performance.now()
  await look()
  const seconds = (performance.now() - begun) / 1000
  clearInterval(timer)
  const requests = rig.audit.since(markLook, functionsUser)
  await person.send('DELETE', `${paths.configs}/${CONFIG_NAME}`)
  const deleted = requests.filter(({ verb, resource }) => verb === 'delete' && resource === 'tasks').length
  const id = 'done'
  return {
    rows: [
      { id, what: `tick over ${count} finished Tasks, none due`, unit: 's', value: median(times), goal: { atMost: 1 } },
      { id, what: 'requests per tick', unit: '', value: asked.length / ticks },
      {
        id,
        what: 'writes of the ticks',
        unit: '',
        value: asked.filter(isWrite).length,
        goal: { atMost: 0, always: true },
      },
      { id, what: 'one look that finds half of them too many', unit: 's', value: seconds },
      { id, what: 'Tasks it deletes', unit: '', value: deleted, goal: { atMost: mostDeleted, always: true } },
      { id, what: 'memory it takes at most', unit: 'MB', value: heap - heapBefore },
    ],
    requests: { [`${count} finished Tasks`]: tally(requests) },
  }
}
