import { describe, expect, test } from 'vitest'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Agent } from '../../crds/agent.ts'
import { TerminalError } from '../../shared/errors.ts'
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

  const edited = (spec: object) =>
    ((one: Agent) => ({
      ...one,
      metadata: { ...one.metadata, generation: (one.metadata.generation ?? 1) + 1 },
      spec: { ...one.spec, ...spec },
    })) as never

  test('is made at once where the Agent asks for another server too, or its server does not serve', async () => {
    const changed = await atWork()
    await changed.look(coder)
    await changed.change('Agent', 'coder', edited({ executorImage: 'registry.example.com/devbox:v2' }))
    expect(await changed.look(coder)).toContain(rolled)
    const broken = await atWork()
    await broken.serve(0)
    expect(await broken.look(coder)).toContain(rolled)
  })

  test.each([
    { name: 'how many Tasks it takes', spec: { maxConcurrentTasks: 5 } },
    { name: 'that it is suspended', spec: { suspend: true } },
  ])('still waits where the Agent is told $name', async ({ spec }) => {
    const before = await atWork()
    await before.change('Agent', 'coder', edited(spec))
    expect(await before.look(coder)).not.toContain(rolled)
    expect(await before.said()).toEqual(['Reconciling=True WaitingForTasks'])
    const meanwhile = await atWork()
    await meanwhile.look(coder)
    await meanwhile.change('Agent', 'coder', edited(spec))
    expect(await meanwhile.look(coder)).not.toContain(rolled)
    expect(await meanwhile.end()).toContain(rolled)
  })

  test('is no excuse for what somebody else has changed in the Deployment', async () => {
    const here = await atWork()
    here.cluster.drop({ kind: 'KubeOpenCodeConfig', name: 'cluster' })
    await here.change('Deployment', 'coder-server', ((one: Deployment) => ({
      ...one,
      spec: {
        ...one.spec,
        template: {
          ...one.spec?.template,
          spec: {
            ...one.spec?.template.spec,
            containers: one.spec?.template.spec?.containers.map((container) => ({ ...container, image: 'other' })),
          },
        },
      },
    })) as never)
    expect(await here.look(coder)).toContain(rolled)
  })

  test('is not what a change that was refused waits for', async () => {
    const here = world(agent(), serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    here.cluster.put(task(withMetadata({ name: 'job', uid: 'uid-job' })))
    await here.look(job)
    await here.change('Agent', 'coder', edited({ executorImage: 'registry.example.com/refused:v2' }))
    here.cluster.refuse = (write) =>
      write === rolled ? new TerminalError('Invalid', 'refused by a policy') : undefined
    await here.look(coder)
    here.cluster.refuse = () => undefined
    expect(await here.look(coder)).toContain(rolled)
  })
})
