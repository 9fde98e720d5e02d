import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectUser, loadKubeConfig } from '../../infra/cluster/node.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { connect } from '../../infra/local/api.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { readSettings } from '../../infra/local/settings.ts'
import { installKinds } from '../../infra/node/install-dev.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { agentObject, cronTaskObject, paths, taskObject } from '../bench/objects.ts'
import { randomFrom } from '../simulation/stage.ts'
import { castOf } from './cast.ts'
import { startCopies } from './copies.ts'
import { openDoors } from './doors.ts'
import { createEyes } from './eyes.ts'
import type { Change } from './follow.ts'
import { follow } from './follow.ts'

export interface ChaosOptions {
  readonly kills: number
  readonly copies: number
  readonly restarts: number
  readonly rotations: number
  /** How often the webhooks are down, slow, and show a wrong certificate. */
  readonly doorTroubles: number
  readonly seed: number
  readonly told?: (line: string) => void
}

export interface Verdict {
  readonly kills: number
  readonly restarts: number
  readonly rotations: number
  readonly doorTroubles: number
  readonly tasks: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const namespace = 'chaos'
const limits = { one: 1, three: 3, ten: 10, free: 0 }
const cronTask = 'each-minute'
const runMs = { least: 50, most: 500 }
const troubleSeconds = 3
const patienceSeconds = 180
/** Longer than two sweeps of the copies. */
const quietSeconds = 20

/** One run on a real apiserver: load and troubles until all kills are done, then rest, then silence. */
export const playChaos = async (options: ChaosOptions): Promise<Verdict> => {
  const begun = performance.now()
  const told = options.told ?? (() => {})
  const random = randomFrom(options.seed)
  const dir = mkdtempSync(join(tmpdir(), 'koc-chaos-'))
  const local = await startCluster({ dir, node: false, bare: true, tmpfs: true, name: 'chaos' })
  const over = new AbortController()
  const closing: (() => Promise<unknown>)[] = []
  try {
    const settings = readSettings(dir)
    if (!settings) throw new Error(`the cluster in ${dir} has no settings`)
    const api = connect(dir, settings)
    const config = loadKubeConfig({ kubeconfig: local.kubeconfig })
    const cluster = createCluster(connectUser(config, 'chaos'))
    const send = sender(connectUser(config, 'chaos'))

    const insist = async (method: string, path: string, body: object): Promise<void> => {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      for (let attempt = 0; ; attempt += 1) {
        const answer = await send(method, path, { body, contentType }).catch(() => undefined)
        if (answer?.ok || answer?.status === 409) return
        if (attempt > 600)
          throw new Error(`${method} ${path} was not accepted: ${answer?.status} ${await answer?.text()}`)
        await sleep(100)
      }
    }

    await installKinds(cluster)
    await insist('POST', paths.namespaces, { metadata: { name: namespace } })
    await insist('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })

    const eyes = createEyes(limits)
    const runMilliseconds = () => runMs.least + random() * (runMs.most - runMs.least)
    const cast = castOf(send, namespace, runMilliseconds, over.signal)
    const watched: readonly (readonly [string, (change: Change) => void])[] = [
      [paths.tasks(namespace), eyes.task],
      [
        paths.pods(namespace),
        (change) => {
          eyes.pod(change)
          cast.pod(change)
        },
      ],
      [paths.agents(namespace), eyes.agent],
      [paths.cronTasks(namespace), eyes.cronTask],
      [paths.deployments(namespace), cast.deployment],
    ]
    let blind: unknown
    for (const [path, see] of watched) {
      const { done } = await follow(api, path, see, over.signal)
      done.catch((error: unknown) => (blind ??= error))
    }

    const log = join(dir, 'log', 'functions.log')
    const copies = await startCopies(options.copies, local.kubeconfig, log, random)
    closing.push(() => copies.stop())
    const doors = await openDoors(cluster, copies.publish)
    closing.push(() => doors.close())

    for (const [agent, maxConcurrentTasks] of Object.entries(limits))
      await insist('POST', paths.agents(namespace), agentObject(agent, { maxConcurrentTasks }))
    await insist('POST', paths.cronTasks(namespace), cronTaskObject(cronTask, '* * * * *', 'free'))

    const enough = new AbortController()
    let tasks = 0
    const agents = Object.keys(limits)
    const load = async (): Promise<void> => {
      while (!enough.signal.aborted) {
        const agent = agents[Math.floor(random() * agents.length)] ?? 'free'
        await insist('POST', paths.tasks(namespace), taskObject(`job-${tasks}`, agent))
        tasks += 1
        await sleep(100 + random() * 400)
      }
    }
    const loading = load()

    // Troubles are spread over the kills, and end before the next begins.
    const troubles = [
      ...Array.from(
        { length: options.restarts },
        () => ['the apiserver restarts', () => local.restartApiserver()] as const,
      ),
      ...Array.from({ length: options.rotations }, () => ['the authority is replaced', () => doors.rotate()] as const),
      ...Array.from({ length: options.doorTroubles }, () => [
        ['webhooks are down', () => doors.down(troubleSeconds)] as const,
        ['webhooks are slow', () => doors.slow(troubleSeconds)] as const,
        ['webhooks show a wrong certificate', () => doors.wrongCertificate(troubleSeconds)] as const,
      ]).flat(),
    ]
      .map((trouble) => ({ trouble, lot: random() }))
      .toSorted((one, other) => one.lot - other.lot)
      .map(({ trouble }) => trouble)
    const killing = async (): Promise<void> => {
      for (let kill = 0; kill < options.kills; kill += 1) {
        await sleep(300 + random() * 1700)
        copies.kill()
        if (kill % 10 === 9) told(`${kill + 1} kills, ${tasks} Tasks made, ${eyes.violations.length} violations`)
      }
    }
    const troubling = async (): Promise<void> => {
      for (const [what, bring] of troubles) {
        await sleep(500 + random() * 1500)
        told(what)
        await bring()
      }
    }
    await Promise.all([killing(), troubling()])
    enough.abort()
    await loading
    await insist('PATCH', `${paths.cronTasks(namespace)}/${cronTask}`, { spec: { suspend: true } })
    told(`${tasks} Tasks were made; waiting for the end of all of them`)

    const patience = performance.now() + patienceSeconds * 1000
    while (!eyes.isAtRest() && performance.now() < patience) await sleep(200)
    if (!eyes.isAtRest()) {
      const left = eyes.tasks().filter(({ status }) => status?.completionTime === undefined)
      const names = left.slice(0, 10).map(({ metadata, status }) => `${metadata.name} (${status?.phase})`)
      eyes.violations.push(`I8: ${left.length} Tasks have not ended in ${patienceSeconds} s: ${names.join(', ')}`)
    }
    let seen = eyes.changes()
    let quietSince = performance.now()
    while (
      performance.now() - quietSince < quietSeconds * 1000 &&
      performance.now() < patience + 2 * quietSeconds * 1000
    ) {
      await sleep(200)
      if (eyes.changes() === seen) continue
      seen = eyes.changes()
      quietSince = performance.now()
    }
    if (performance.now() - quietSince < quietSeconds * 1000)
      eyes.violations.push('I8: the world is not silent at its end')
    eyes.conclude()
    if (blind !== undefined) eyes.violations.push(sentenceOf(blind))
    const { kills, restarts, rotations, doorTroubles } = options
    const seconds = Math.round((performance.now() - begun) / 1000)
    return {
      kills,
      restarts,
      rotations,
      doorTroubles: 3 * doorTroubles,
      tasks: eyes.tasks().length,
      seconds,
      violations: eyes.violations,
    }
  } finally {
    over.abort()
    for (const close of closing.toReversed()) await close().catch(() => undefined)
    await local.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
