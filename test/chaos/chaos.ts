import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify } from '../../infra/cluster/identity.ts'
import { connect as connectUser } from '../../infra/cluster/undici.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { connect } from '../../infra/local/api.ts'
import type { Cluster as LocalCluster } from '../../infra/local/cluster.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { readSettings } from '../../infra/local/settings.ts'
import { installKinds } from '../../infra/node/install-dev.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { agentObject, cronTaskObject, paths, taskObject } from '../bench/objects.ts'
import { randomFrom } from '../simulation/stage.ts'
import { castOf } from './cast.ts'
import type { Copies } from './copies.ts'
import { startCopies } from './copies.ts'
import type { Doors } from './doors.ts'
import { openDoors } from './doors.ts'
import type { Eyes } from './eyes.ts'
import { createEyes } from './eyes.ts'
import type { Change } from './follow.ts'
import { follow } from './follow.ts'
import type { Person } from './person.ts'
import { personOver } from './person.ts'

export interface ChaosOptions {
  readonly kills: number
  readonly copies: number
  readonly restarts: number
  readonly rotations: number
  /** How often the webhooks are down, slow, and show a wrong certificate: each of the three. */
  readonly doors: number
  readonly seed: number
  /** Takes a line now and then. */
  readonly told?: (line: string) => void
}

export interface Verdict {
  readonly tasks: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const namespace = 'chaos'
/** Agents by their limits; 0 is none. */
const limits = { one: 1, three: 3, ten: 10, free: 0 }
const cronTask = 'each-minute'
const runMs = { least: 50, most: 500 }
const troubleSeconds = 3
const patienceSeconds = 480
/** Longer than two sweeps of the copies. */
const quietSeconds = 20

interface Scene {
  readonly local: LocalCluster
  readonly person: Person
  readonly eyes: Eyes
  readonly copies: Copies
  readonly doors: Doors
  /** Ends everything; gives what was wrong with the watches. */
  readonly close: () => Promise<void>
}

const openScene = async ({ copies: count }: ChaosOptions, random: () => number): Promise<Scene> => {
  const dir = mkdtempSync(join(tmpdir(), 'koc-chaos-'))
  const over = new AbortController()
  const local = await startCluster({ dir, node: false, bare: true, tmpfs: true, name: 'chaos' })
  const closing = [() => local.stop(), async () => rmSync(dir, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    over.abort()
    for (const step of closing) await step()
  }
  try {
    const settings = readSettings(dir)
    if (!settings) throw new Error(`the cluster in ${dir} has no settings`)
    const connection = connectUser(await identify({ kubeconfig: local.kubeconfig }), 'chaos')
    const cluster = createCluster(connection)
    const send = sender(connection)
    const person = personOver(send)
    await installKinds(cluster)
    await person.create(paths.namespaces, { metadata: { name: namespace } })

    const eyes = createEyes(limits)
    const cast = castOf(send, namespace, () => runMs.least + random() * (runMs.most - runMs.least), over.signal)
    const bothSee = (change: Change): void => {
      eyes.pod(change)
      cast.pod(change)
    }
    const watched: readonly (readonly [string, (change: Change) => void])[] = [
      [paths.tasks(namespace), eyes.task],
      [paths.pods(namespace), bothSee],
      [paths.agents(namespace), eyes.agent],
      [paths.cronTasks(namespace), eyes.cronTask],
      [paths.deployments(namespace), cast.deployment],
    ]
    const api = connect(dir, settings)
    for (const [path, see] of watched) {
      const { done } = await follow(api, path, see, over.signal)
      done.catch((error: unknown) => eyes.violations.push(sentenceOf(error)))
    }

    const copies = await startCopies(count, local.kubeconfig, join(dir, 'log', 'functions.log'), random)
    closing.unshift(() => copies.stop())
    const doors = await openDoors(cluster, copies.publish)
    closing.unshift(() => doors.close())
    return { local, person, eyes, copies, doors, close }
  } catch (error) {
    await close()
    throw error
  }
}

const times = <T>(count: number, items: readonly T[]): T[] => Array.from({ length: count }, () => items).flat()

/** What goes wrong beside the kills, in any order: a trouble begins when the one before it is over. */
const troublesOf = (
  { restarts, rotations, doors: count }: ChaosOptions,
  { local, doors }: Scene,
  random: () => number,
) =>
  [
    ...times(restarts, [{ what: 'the apiserver is restarted', bring: () => local.restartApiserver() }]),
    ...times(rotations, [{ what: 'the authority of the webhooks is replaced', bring: () => doors.rotate() }]),
    ...times(count, [
      { what: 'the webhooks are down', bring: () => doors.down(troubleSeconds) },
      { what: 'the webhooks are slow', bring: () => doors.slow(troubleSeconds) },
      { what: 'the webhooks show a wrong certificate', bring: () => doors.wrongCertificate(troubleSeconds) },
    ]),
  ]
    .map((trouble) => ({ trouble, lot: random() }))
    .toSorted((one, other) => one.lot - other.lot)
    .map(({ trouble }) => trouble)

/** Makes Tasks for all Agents, a few a second, until it is enough. */
const load = async ({ person }: Scene, random: () => number, enough: AbortSignal): Promise<void> => {
  const agents = Object.keys(limits)
  for (let made = 0; !enough.aborted; made += 1) {
    const agent = agents[Math.floor(random() * agents.length)] ?? 'free'
    await person.create(paths.tasks(namespace), taskObject(`job-${made}`, agent))
    await sleep(100 + random() * 400)
  }
}

/** Whether every Task ends, and then nothing happens any more. */
const rest = async ({ eyes }: Scene): Promise<void> => {
  const deadline = performance.now() + patienceSeconds * 1000
  while (!eyes.isAtRest() && performance.now() < deadline) await sleep(200)
  const left = eyes.tasks().filter(({ status }) => status?.completionTime === undefined)
  const names = left.slice(0, 10).map(({ metadata, status }) => `${metadata.name} (${status?.phase})`)
  if (left.length > 0)
    eyes.violations.push(`I8: ${left.length} Tasks have not ended in ${patienceSeconds} s: ${names.join(', ')}`)

  const silentAt = performance.now() + 9 * quietSeconds * 1000
  let [seen, since] = [eyes.changes(), performance.now()]
  while (performance.now() - since < quietSeconds * 1000) {
    if (performance.now() > silentAt) {
      eyes.violations.push(`I8: all Tasks have ended, and there is no silence of ${quietSeconds} s`)
      return
    }
    await sleep(200)
    if (eyes.changes() !== seen) [seen, since] = [eyes.changes(), performance.now()]
  }
}

/** One run on a real apiserver: load and troubles until all is done, then rest, then silence. */
export const playChaos = async (options: ChaosOptions): Promise<Verdict> => {
  const begun = performance.now()
  const { kills, told = () => {} } = options
  const random = randomFrom(options.seed)
  const scene = await openScene(options, random)
  const { person, eyes, copies } = scene
  try {
    for (const [agent, maxConcurrentTasks] of Object.entries(limits))
      await person.create(paths.agents(namespace), agentObject(agent, { maxConcurrentTasks }))
    await person.create(paths.cronTasks(namespace), cronTaskObject(cronTask, '* * * * *', 'free'))
    const enough = new AbortController()
    const loading = load(scene, random, enough.signal)
    const killing = async (): Promise<void> => {
      for (let killed = 1; killed <= kills; killed += 1) {
        await sleep(300 + random() * 1700)
        copies.kill()
        if (killed % 10 === 0)
          told(`${killed} kills, ${eyes.tasks().length} Tasks, ${eyes.violations.length} violations`)
      }
    }
    const troubling = async (): Promise<void> => {
      for (const { what, bring } of troublesOf(options, scene, random)) {
        await sleep(500 + random() * 1500)
        told(what)
        await bring()
      }
    }
    await Promise.all([killing(), troubling()])
    enough.abort()
    await loading
    await person.edit(`${paths.cronTasks(namespace)}/${cronTask}`, { spec: { suspend: true } })
    told(`${eyes.tasks().length} Tasks were made; waiting for the end of the last`)
    await rest(scene)
    eyes.conclude()
    const seconds = Math.round((performance.now() - begun) / 1000)
    return { tasks: eyes.tasks().length, seconds, violations: eyes.violations }
  } finally {
    await scene.close()
  }
}
