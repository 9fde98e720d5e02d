import type { Pod } from 'kubernetes-types/core/v1'
import type { Agent, AgentSpec } from '../../crds/agent.ts'
import { labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { agentObject, paths, taskObject } from './objects.ts'
import { until } from './pace.ts'
import { startPlayer } from './player.ts'
import type { Rig } from './rig.ts'

/** What was seen of one Task; moments are of performance.now(), when the news arrived here. */
export interface Life {
  creationTimestamp: string
  uid: string
  phase: string | undefined
  completedAt: number | undefined
  podCreatedAt: number | undefined
  podEndedAt: number | undefined
}

export interface Scene {
  readonly namespace: string
  readonly lives: ReadonlyMap<string, Life>
  /** Names of Tasks in the order in which their Pods were stored. */
  readonly starts: readonly string[]
  readonly mostAlive: () => number
  /** Gives the moment of the answer. */
  readonly createTask: (name: string, agent: string) => Promise<number>
  readonly patchAgent: (name: string, spec: Partial<AgentSpec>) => Promise<void>
  readonly untilAll: (count: number, phase: string, seconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface SceneOptions {
  readonly agents: Readonly<Record<string, Partial<AgentSpec>>>
  readonly runMilliseconds: number
  /** What a Pod says when it ends; left out: that its work is done, with a summary. */
  readonly ended?: (now: Date) => object
  /** Nobody plays: what is made stays as it is. */
  readonly isEmpty?: boolean
  /** Told when the Pod of a Task is seen to have ended. */
  readonly onPodEnd?: (task: string) => void
}

let scenes = 0

const isLive = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const podStory = ({ podCreatedAt, podEndedAt }: Life): string =>
  podEndedAt !== undefined ? 'has ended' : podCreatedAt !== undefined ? 'has not ended' : 'is not there'

/** A namespace of its own with Agents that take Tasks (or are suspended), a player, and eyes on Tasks and Pods. */
export const openScene = async (rig: Rig, name: string, options: SceneOptions): Promise<Scene> => {
  const { person } = rig
  const namespace = `${name}-${++scenes}`
  const lives = new Map<string, Life>()
  const starts: string[] = []
  const alive = new Set<string>()
  const settled = new Set<string>()
  let mostAlive = 0

  const lifeOf = (task: string): Life => {
    const found = lives.get(task)
    if (found) return found
    const life: Life = {
      creationTimestamp: '',
      uid: '',
      phase: undefined,
      completedAt: undefined,
      podCreatedAt: undefined,
      podEndedAt: undefined,
    }
    lives.set(task, life)
    return life
  }

  await person.send('POST', paths.namespaces, { metadata: { name: namespace } })
  const account = (): Promise<boolean> =>
    person.read(paths.serviceAccount(namespace)).then(
      () => true,
      () => false,
    )
  await until(() => `${namespace} has no ServiceAccount`, account, 180)
  const watches = [
    await person.watch<Task>(paths.tasks(namespace), ({ type, object: { metadata, status } }) => {
      if (type === 'DELETED') return
      const life = lifeOf(metadata.name)
      life.creationTimestamp = metadata.creationTimestamp ?? ''
      life.uid = metadata.uid ?? ''
      life.phase = status?.phase
      if (status?.phase === 'Completed') life.completedAt ??= performance.now()
    }),
    await person.watch<Pod>(paths.pods(namespace), ({ type, object }) => {
      const task = object.metadata?.labels?.[labels.task]
      if (task === undefined) return
      const uid = object.metadata?.uid ?? ''
      const life = lifeOf(task)
      if (type === 'ADDED') {
        starts.push(task)
        life.podCreatedAt ??= performance.now()
      }
      if (type !== 'DELETED' && isLive(object)) alive.add(uid)
      else {
        alive.delete(uid)
        if (life.podEndedAt === undefined) {
          life.podEndedAt = performance.now()
          options.onPodEnd?.(task)
        }
      }
      mostAlive = Math.max(mostAlive, alive.size)
    }),
    await person.watch<Agent>(paths.agents(namespace), ({ object: { metadata, status } }) => {
      if (status?.ready || status?.suspended) settled.add(metadata.name)
    }),
  ]
  const player = options.isEmpty
    ? undefined
    : await startPlayer(rig.player, namespace, options.runMilliseconds, options.ended)
  const agents = Object.entries(options.agents)
  for (const [agent, spec] of agents) await person.send('POST', paths.agents(namespace), agentObject(agent, spec))
  await until(
    () => `${settled.size} of ${agents.length} Agents are ready`,
    () => settled.size === agents.length,
    180,
  )

  return {
    namespace,
    lives,
    starts,
    mostAlive: () => mostAlive,
    createTask: async (task, agent) => {
      await person.send('POST', paths.tasks(namespace), taskObject(task, agent))
      return performance.now()
    },
    patchAgent: (agent, spec) => person.send('PATCH', `${paths.agents(namespace)}/${agent}`, { spec }),
    untilAll: (count, phase, seconds) => {
      const reached = (): number => [...lives.values()].filter((life) => life.phase === phase).length
      const others = (): string =>
        [...lives]
          .filter(([, life]) => life.phase !== phase)
          .slice(0, 5)
          .map(([name, life]) => `${name} is ${life.phase ?? 'without a phase'}, its Pod ${podStory(life)}`)
          .join('; ')
      return until(
        () => `${reached()} of ${count} Tasks of ${namespace} are ${phase}; ${others()}`,
        () => reached() >= count,
        seconds,
      )
    },
    close: async () => {
      await player?.stop()
      await Promise.all(watches.map((watch) => watch.stop()))
    },
  }
}
