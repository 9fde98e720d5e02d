import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import { isWrite, tally } from '../bench/audit.ts'
import type { FunctionsProcess } from '../bench/functions-process.ts'
import { paths } from '../bench/objects.ts'
import { until } from '../bench/pace.ts'
import type { Rig } from '../bench/rig.ts'
import { functionsUser, startRig } from '../bench/rig.ts'
import type { Scene } from '../bench/scene.ts'
import { openScene } from '../bench/scene.ts'

const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/agents.kubeopencode.io'
interface Spec {
  versions: { schema: { openAPIV3Schema: { properties: { status: { properties: Record<string, unknown> } } } } }[]
}

/** Longer than from one sweep to the next: a hint may be lost while the machine is busy. */
const patience = 400
const names = ['first', 'second', 'third']

let rig: Rig
let functions: FunctionsProcess
/** As the functions know it. */
let current: Spec
const scenes: Scene[] = []

beforeAll(async () => {
  rig = await startRig()
  functions = await rig.startFunctions()
  current = (await rig.person.read<{ spec: Spec }>(definition)).spec
})
afterAll(async () => {
  // A definition that changes ends the watches of its kind, which is no fault here.
  await Promise.allSettled(scenes.map((scene) => scene.close()))
  await functions.stop()
  await rig.close()
})

const serve = (spec: Spec) => rig.person.send('PATCH', definition, { spec })

/** An Agent that takes one Task at once, under a definition that knows nothing of one field of its status. */
const openedWithout = async (field: 'activeTasks' | 'queuedTasks') => {
  await serve(current)
  const scene = await openScene(rig, field.toLowerCase(), {
    agents: { coder: { maxConcurrentTasks: 1 } },
    runMilliseconds: 100,
  })
  scenes.push(scene)
  const older = structuredClone(current)
  for (const { schema } of older.versions) delete schema.openAPIV3Schema.properties.status.properties[field]
  await serve(older)
  const agent = () => rig.person.read<Agent>(`${paths.agents(scene.namespace)}/coder`)
  const isDropped = async () => (await agent()).status?.[field] === undefined
  await until(() => `${field} is there`, isDropped, patience)
  return scene
}

test('a ledger that is not stored starts nobody and is not written again and again; with the right definition all run', async () => {
  const here = await openedWithout('activeTasks')
  const mark = rig.audit.mark()
  for (const name of names) await here.createTask(name, 'coder')
  await sleep(10_000)
  const writes = tally(rig.audit.since(mark, functionsUser).filter(isWrite))
  expect(here.starts).toEqual([])
  expect(writes).toEqual([['patch agents/status', expect.toSatisfy((count: number) => count <= 3)]])
  await serve(current)
  await here.untilAll(names.length, 'Completed', patience)
  expect(here.mostAlive()).toBe(1)
})

test('all else that is not stored stops nobody', async () => {
  const here = await openedWithout('queuedTasks')
  for (const name of names) await here.createTask(name, 'coder')
  await here.untilAll(names.length, 'Completed', patience)
  expect(here.mostAlive()).toBe(1)
})
