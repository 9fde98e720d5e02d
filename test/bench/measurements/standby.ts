import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Agent } from '../../../crds/agent.ts'
import { paths } from '../objects.ts'
import { until } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import { openScene } from '../scene.ts'
import { latencyRows } from './latency.ts'

/**
 * M7: an Agent that goes to sleep after a second without Tasks. From the answer to the person who creates a Task to the
 * news that the Agent is resumed, and from the news that its server answers to the news of the Task's Pod.
 */
export const measureStandby = async (rig: Rig, tasks: number): Promise<Result> => {
  const agents = { sleeper: { standby: { idleTimeout: '1s' } } }
  const scene = await openScene(rig, 'm7', { agents, runMilliseconds: 0 })
  let isAsleep = false
  let resumedAt = 0
  let readyAt = 0
  const watches = [
    await rig.person.watch<Agent>(paths.agents(scene.namespace), ({ object: { spec, status } }) => {
      if (!spec.suspend && isAsleep) resumedAt = performance.now()
      isAsleep = spec.suspend && (isAsleep || status?.suspended === true)
    }),
    await rig.person.watch<Deployment>(paths.deployments(scene.namespace), ({ object: { status } }) => {
      if ((status?.readyReplicas ?? 0) === 0) readyAt = 0
      else if (readyAt === 0) readyAt = performance.now()
    }),
  ]
  const resumes: number[] = []
  const starts: number[] = []
  for (let index = 0; index < tasks; index++) {
    const name = `task-${index}`
    await until(
      () => `${name}: the Agent does not go to sleep`,
      () => isAsleep && readyAt === 0,
      30,
    )
    const answeredAt = await scene.createTask(name, 'sleeper')
    await scene.untilAll(index + 1, 'Completed', 60)
    resumes.push(resumedAt - answeredAt)
    starts.push((scene.lives.get(name)?.podCreatedAt ?? Number.NaN) - readyAt)
  }
  for (const watch of watches) await watch.stop()
  await scene.close()
  return {
    rows: [
      ...latencyRows('M7', 'standby: Task created → Agent resumed', resumes, { 50: { atMost: 100 } }),
      ...latencyRows('M7', 'standby: server ready → Pod', starts, { 50: { atMost: 100 } }),
    ],
  }
}
