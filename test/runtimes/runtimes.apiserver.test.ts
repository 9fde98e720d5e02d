import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Rig } from '../bench/rig.ts'
import { startRig } from '../bench/rig.ts'
import { paths } from '../bench/objects.ts'
import { openScene } from '../bench/scene.ts'
import { until } from '../bench/pace.ts'
import { noFaults } from './aws.ts'
import type { LambdaTarget } from './lambda.ts'
import { startLambda } from './lambda.ts'

let rig: Rig
let target: LambdaTarget
const patience = 90

beforeAll(async () => {
  rig = await startRig()
  target = await startLambda(rig)
})
afterAll(async () => {
  await target.close()
  await rig.close()
})

describe('on AWS Lambda', () => {
  test('a Task runs, and one that waits runs after it', async () => {
    const scene = await openScene(rig, 'lambda', { agents: { coder: { maxConcurrentTasks: 1 } }, runMilliseconds: 500 })
    await scene.createTask('first', 'coder')
    await scene.createTask('second', 'coder')
    await scene.untilAll(2, 'Completed', patience)
    expect(scene.mostAlive()).toBe(1)
    await scene.close()
    expect(target.aws.dead()).toEqual([])
  })

  test('with events lost, doubled, late and refused nothing is lost or doubled', async () => {
    target.aws.misbehave({ refused: 0.2, lost: 0.3, doubled: 0.3, late: 0.5 })
    const scene = await openScene(rig, 'faults', { agents: { coder: { maxConcurrentTasks: 2 } }, runMilliseconds: 200 })
    for (let index = 0; index < 10; index += 1) await scene.createTask(`task-${index}`, 'coder')
    await scene.untilAll(10, 'Completed', patience)
    expect(scene.starts.length).toBe(10)
    expect(scene.mostAlive()).toBeLessThanOrEqual(2)
    target.aws.misbehave(noFaults)
    await scene.close()
  })

  test('standby sleeps and wakes', async () => {
    const scene = await openScene(rig, 'sleep', {
      agents: { sleeper: { standby: { idleTimeout: '1s' } } },
      runMilliseconds: 100,
    })
    const isAsleep = async (): Promise<boolean> =>
      (await rig.person.read<Agent>(`${paths.agents(scene.namespace)}/sleeper`)).status?.suspended === true
    await until(() => 'it does not sleep', isAsleep, patience)
    expect(scene.starts).toEqual([])
    await scene.createTask('wakes-it', 'sleeper')
    await scene.untilAll(1, 'Completed', patience)
    await scene.close()
  })
})
