import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { config } from '../../test/builders/config.ts'
import { serviceAccount } from '../../test/builders/core.ts'
import { ended } from '../../test/builders/pod.ts'
import { task } from '../../test/builders/task.ts'
import { conditionTexts } from '../../test/builders/told.ts'
import { world } from '../../test/builders/world.ts'

const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const job: Key = { kind: 'Task', namespace: 'default', name: 'job' }
const settings = {
  ...config(undefined),
  spec: { ...config(undefined).spec, systemImage: { image: 'registry.example.com/kubeopencode:v2' } },
}
const rolled = 'apply Deployment default/coder-server'

/** An Agent that serves, with a Task at work, in a cluster whose settings then ask for another server. */
const atWork = async (spec: Parameters<typeof withAgentSpec>[0] = {}) => {
  const here = world(agent(withAgentSpec(spec)), serviceAccount())
  await here.look(coder)
  await here.serve()
  await here.look(coder)
  here.cluster.put(task(withMetadata({ name: 'job', uid: 'uid-job' })))
  await here.look(job)
  here.cluster.put(settings)
  return {
    ...here,
    end: async () => {
      await here.change('Pod', 'job-pod', ended(0) as (object: never) => KubeObject)
      return here.look(job)
    },
    said: async () =>
      conditionTexts(((await here.read('Agent', 'coder')) as Agent).status).filter((text) =>
        text.startsWith('Reconciling'),
      ),
  }
}

describe('a restart that the cluster asks for', () => {
  test.each([
    { name: 'without limits', spec: {} },
    { name: 'with a limit', spec: { maxConcurrentTasks: 2 } },
  ])('waits for the Task at work of an Agent $name, says so, and is made when it has ended', async ({ spec }) => {
    const here = await atWork(spec)
    expect(await here.look(coder)).not.toContain(rolled)
    expect(await here.said()).toEqual(['Reconciling=True WaitingForTasks'])
    expect(await here.look(coder)).toEqual([])
    expect(await here.end()).toContain(rolled)
    expect(await here.said()).toEqual([])
  })

  test('waits for an hour at most', async () => {
    const here = await atWork()
    await here.look(coder)
    here.pass(3599)
    expect(await here.look(coder)).not.toContain(rolled)
    here.pass(1)
    expect(await here.look(coder)).toContain(rolled)
  })

  test('is made at once where nobody is at work', async () => {
    const here = await atWork()
    here.cluster.drop({ kind: 'KubeOpenCodeConfig', name: 'cluster' })
    await here.end()
    here.cluster.put(settings)
    expect(await here.look(coder)).toContain(rolled)
  })

  test('is made at once where the Agent itself was changed, or does not serve', async () => {
    const changed = await atWork()
    await changed.look(coder)
    await changed.change('Agent', 'coder', ((one: Agent) => ({
      ...one,
      metadata: { ...one.metadata, generation: 2 },
    })) as never)
    expect(await changed.look(coder)).toContain(rolled)
    const broken = await atWork()
    await broken.serve(0)
    expect(await broken.look(coder)).toContain(rolled)
  })
})
