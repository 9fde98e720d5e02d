import type { Registry } from 'prom-client'
import { expect } from 'vitest'
import type { CronTask } from '../../crds/cron-task.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { recordCertificate } from '../../infra/node/metrics.ts'
import { createServerMetrics } from '../../infra/node/server/metrics.ts'
import { RetryableError, TerminalError, UnreachableError } from '../../shared/errors.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { review, stored } from '../../webhooks/samples/reviews.ts'
import type { Hook } from '../../webhooks/table.ts'
import { hooks } from '../../webhooks/table.ts'
import { agent, ready, withAgentSpec } from '../builders/agent.ts'
import { api } from '../builders/api.ts'
import { available, serviceAccount } from '../builders/core.ts'
import { ended, ownedBy, pod } from '../builders/pod.ts'
import { withMetadata } from '../builders/change.ts'
import { announced, cronTask, withCronSpec } from '../builders/cron-task.ts'
import { started, task, withPhase } from '../builders/task.ts'
import { at } from '../builders/time.ts'
import { json } from '../builders/upstream.ts'
import type { World } from './world.ts'
import { untilAtLeast, untilMore, webhooks, world } from './world.ts'

/** An alert as somebody gets it. */
export interface Firing {
  readonly alert: string
  /** Beside its severity. */
  readonly labels?: Readonly<Record<string, string>>
  readonly summary: string
}

/** Something that happens, and the alerts that should tell of it: these and no others. */
export interface Situation {
  readonly name: string
  readonly fires: readonly Firing[]
  /** How long it lasts until it is looked at. */
  readonly minutes: number
  /** Makes it so; gives what Prometheus reads, and what happens in each minute after the first scrape. */
  readonly provoke: () => Promise<{
    readonly registries: readonly Registry[]
    readonly each?: (minute: number) => Promise<unknown>
  }>
}

/** A controller, and a server that nobody asks. */
const installation = ({ metrics }: Pick<World, 'metrics'>): Registry[] => [
  metrics.registry,
  createServerMetrics().registry,
]

const named = (name: string) => withMetadata({ name, uid: `uid-${name}` })
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
const hintFor = (name: string, kind: 'Task' | 'CronTask' | 'Agent' = 'Task') => ({
  key: { kind, namespace: 'default', name },
})
const delivered = (kind: string, outcome: string) =>
  `kubeopencode_deliveries_total{kind="${kind}",outcome="${outcome}"}`
const finished = (reason: string, phase: 'Completed' | 'Failed' = 'Completed') =>
  `kubeopencode_tasks_finished_total{phase="${phase}",reason="${reason}"}`

const goodTask = review('Task', { object: stored('Task', 'x', { agentRef: { name: 'a' } }) })
const badTask = review('Task', { object: stored('Task', 'x', {}) })

const brokenHook: Hook = {
  type: 'mutate',
  kind: 'Task',
  path: '/mutate/tasks',
  operations: ['CREATE'],
  subresources: [],
  failurePolicy: 'Fail',
  timeoutSeconds: 5,
  mutate: () => {
    throw new Error('a bug')
  },
}

/** Every hour at ten to, which was ten minutes ago. */
const due = (name: string, spec: Partial<CronTask['spec']>): CronTask =>
  cronTask(named(name), withCronSpec({ schedule: '50 * * * *', ...spec }), announced(-600))

/** The controller looks at CronTasks that were due ten minutes ago. */
const lateCronTasks =
  (spec: Partial<CronTask['spec']> = {}) =>
  async () => {
    const late = world(names('late', 3).map((name) => due(name, spec)))
    return {
      registries: installation(late),
      each: async (minute: number) => {
        if (minute !== 1) return
        for (const name of names('late', 3)) await late.controller.bus.publish(hintFor(name, 'CronTask'))
        await untilAtLeast(late, delivered('CronTask', 'again'), 3)
      },
    }
  }

const schedulesFail = (error: Error, outcome: 'failed' | 'unreachable') => async () => {
  const broken = world([], { tickSeconds: 0.005, sweepSeconds: 0.005 })
  broken.failing = error
  broken.controller.start()
  return {
    registries: installation(broken),
    each: () => untilMore(broken, `kubeopencode_schedule_runs_total{schedule="tick",outcome="${outcome}"}`),
  }
}

const often = { tickSeconds: 0.02, sweepSeconds: 0.02 }

const untilSwept = async (of: World): Promise<void> => {
  for (const schedule of ['tick', 'sweep'])
    await untilMore(of, `kubeopencode_schedule_runs_total{schedule="${schedule}",outcome="done"}`)
}

/** Agent `coder`, whose server runs; with schedules that come often. */
const withServer = async (): Promise<World> => {
  const made = world([agent(), serviceAccount()], often)
  made.controller.start()
  const ref = { kind: 'Deployment', namespace: 'default', name: 'coder-server' } as const
  await expect.poll(() => made.cluster.get(ref)).toBeDefined()
  made.cluster.put(available((await made.cluster.get(ref))!))
  await untilAtLeast(made, 'kubeopencode_agents{phase="Ready"}', 1)
  return made
}

/** The Pod of a Task has ended, and nobody is told. */
const endPod = ({ cluster }: World, name: string): void =>
  cluster.put(
    pod(
      ownedBy({ kind: 'Task', name, uid: `uid-${name}` }),
      withMetadata({ name: `${name}-pod`, uid: `uid-${name}-pod` }),
      ended(0),
    ),
  )

/** A sweep sees these objects, once they have been looked at. */
const swept = (objects: readonly KubeObject[], sees: string) => async () => {
  const seen = world(objects, often)
  seen.controller.start()
  await untilAtLeast(seen, sees, 1)
  return { registries: installation(seen), each: () => untilSwept(seen) }
}

export const situations: readonly Situation[] = [
  {
    name: 'there is no controller',
    fires: [{ alert: 'KubeOpenCodeControllerAbsent', summary: 'No controller tells Prometheus anything.' }],
    minutes: 6,
    provoke: async () => ({ registries: [createServerMetrics().registry] }),
  },
  {
    name: 'there is no server',
    fires: [{ alert: 'KubeOpenCodeServerAbsent', summary: 'No server of the API tells Prometheus anything.' }],
    minutes: 6,
    provoke: async () => ({ registries: [world().metrics.registry] }),
  },
  {
    name: 'the apiserver is away',
    fires: [{ alert: 'KubeOpenCodeApiserverUnreachable', summary: 'The controller cannot work with the apiserver.' }],
    minutes: 8,
    provoke: schedulesFail(new UnreachableError('the apiserver did not answer'), 'unreachable'),
  },
  {
    name: 'tick and sweep cannot read what they need',
    fires: [
      {
        alert: 'KubeOpenCodeScheduleStale',
        labels: { schedule: 'tick' },
        summary: 'No tick has come to its end for 17m 0s.',
      },
      {
        alert: 'KubeOpenCodeScheduleStale',
        labels: { schedule: 'sweep' },
        summary: 'No sweep has come to its end for 17m 0s.',
      },
    ],
    minutes: 17,
    provoke: schedulesFail(new Error('lists are broken'), 'failed'),
  },
  {
    name: 'a webhook has a bug',
    fires: [
      {
        alert: 'KubeOpenCodeWebhookFailing',
        labels: { hook: '/mutate/tasks' },
        summary: 'The webhook /mutate/tasks fails, and writes are refused that it should judge.',
      },
    ],
    minutes: 3,
    provoke: async () => {
      const here = world()
      const post = webhooks(here, [brokenHook])
      return { registries: installation(here), each: () => post('/mutate/tasks', goodTask) }
    },
  },
  {
    name: 'the bus behind the observers is slow',
    fires: [
      {
        alert: 'KubeOpenCodeWebhookSlow',
        labels: { hook: '/observe/tasks' },
        summary: 'The webhook /observe/tasks takes 995ms for one in a hundred reviews.',
      },
    ],
    minutes: 13,
    provoke: async () => {
      const publish = () => new Promise<void>((resolve) => void setTimeout(resolve, 510))
      const here = world()
      const post = webhooks(here, hooks, publish)
      return {
        registries: installation(here),
        each: async (minute) => ([1, 2, 6, 10].includes(minute) ? post('/observe/tasks', goodTask) : undefined),
      }
    },
  },
  {
    name: 'the certificate is not renewed',
    fires: [
      {
        alert: 'KubeOpenCodeCertificateEnds',
        summary: 'The certificate of the webhooks ends in 5d 22h 59m 0s and was not renewed.',
      },
    ],
    minutes: 61,
    provoke: async () => {
      const { metrics } = world()
      const { serving } = await issue({ names: ['webhook'], now: new Date(Date.now() - 84 * 86_400_000) })
      recordCertificate(metrics, serving.certificate)
      return { registries: installation({ metrics }) }
    },
  },
  {
    name: 'an object cannot be written for a quarter of an hour',
    fires: [
      { alert: 'KubeOpenCodeObjectsFail', summary: 'Objects cannot be brought to where they should be: 1 or more.' },
    ],
    minutes: 16,
    provoke: async () => {
      const busy = world([task(named('stuck')), agent(ready)])
      busy.cluster.refuse = () => new RetryableError('the apiserver is busy')
      await busy.controller.bus.publish(hintFor('stuck'))
      await untilAtLeast(busy, 'kubeopencode_bus_failing_keys', 1)
      return { registries: installation(busy) }
    },
  },
  {
    name: 'a right is missing',
    fires: [
      {
        alert: 'KubeOpenCodeWritesRefused',
        labels: { kind: 'Task', verb: 'patch_status' },
        summary: 'The apiserver refuses patch_status of Task objects.',
      },
    ],
    minutes: 3,
    provoke: async () => {
      const all = names('job', 8)
      const without = world([...all.map((name) => task(named(name))), agent(withAgentSpec({ suspend: true }))])
      without.cluster.refuse = () => new TerminalError('Forbidden', 'tasks/status is forbidden')
      return {
        registries: installation(without),
        each: async () => {
          for (const name of all) await without.controller.bus.publish(hintFor(name))
          await untilMore(without, 'kubeopencode_writes_total{kind="Task",verb="patch_status",outcome="refused"}')
        },
      }
    },
  },
  {
    name: 'more hints than there is room for',
    fires: [
      { alert: 'KubeOpenCodeHintsDropped', summary: 'More objects wait to be looked at than there is room for.' },
    ],
    minutes: 2,
    provoke: async () => {
      const full = world()
      const flood = async (): Promise<void> => {
        for (const name of names('job', 100_010))
          await full.controller.bus.publish({ ...hintFor(name), afterSeconds: 3600 })
      }
      return { registries: installation(full), each: async (minute) => (minute === 1 ? flood() : undefined) }
    },
  },
  {
    name: 'no event tells of Pods that have ended, and sweeps find them',
    fires: [{ alert: 'KubeOpenCodeSweepRepairs', summary: 'Sweeps find what events should have told.' }],
    minutes: 20,
    provoke: async () => {
      const deaf = await withServer()
      return {
        registries: installation(deaf),
        each: async (minute) => {
          const lost = minute > 4 ? [] : names(`lost-${minute}`, 10)
          for (const name of lost) {
            deaf.cluster.put(task(named(name), started(60)))
            endPod(deaf, name)
          }
          if (lost.length > 0) await untilAtLeast(deaf, finished('Completed'), minute * 10)
          await untilSwept(deaf)
        },
      }
    },
  },
  {
    name: 'a Task waits for an Agent that a person has suspended',
    fires: [
      { alert: 'KubeOpenCodeTasksWaitLong', summary: 'A Task has been in the queue of its Agent for 2h 16m 0s.' },
    ],
    minutes: 16,
    provoke: swept(
      [
        agent(withAgentSpec({ suspend: true })),
        task(named('waits'), withPhase('Queued'), (one) => ({
          ...one,
          status: {
            ...one.status,
            queue: { position: 1, since: at(-7200) },
            conditions: [
              {
                type: 'Queued',
                status: 'True',
                reason: 'AgentSuspended',
                message: 'waits',
                lastTransitionTime: at(-7200),
              },
            ],
          },
        })),
      ],
      'kubeopencode_tasks_longest_wait_seconds',
    ),
  },
  {
    name: 'the Pods of Tasks are lost with their node',
    fires: [{ alert: 'KubeOpenCodeTasksFail', summary: '100% of the Tasks that ended within an hour have failed.' }],
    minutes: 18,
    provoke: async () => {
      const all = names('job', 6)
      const lossy = world([agent(ready), ...all.map((name) => task(named(name), started(60)))])
      return {
        registries: installation(lossy),
        each: async (minute) => {
          if (minute !== 1) return
          for (const name of all) await lossy.controller.bus.publish(hintFor(name))
          await untilAtLeast(lossy, finished('PodLost', 'Failed'), 6)
        },
      }
    },
  },
  {
    name: 'Pods are refused',
    fires: [
      {
        alert: 'KubeOpenCodePodsDoNotStart',
        labels: { reason: 'PodCreationError' },
        summary: 'Tasks fail before their agent is at work: PodCreationError.',
      },
    ],
    minutes: 2,
    provoke: async () => {
      const strict = world([agent(ready), task(named('job'))])
      strict.cluster.refuse = (write) =>
        write.startsWith('create Pod') ? new TerminalError('Forbidden', 'violates PodSecurity "restricted"') : undefined
      return {
        registries: installation(strict),
        each: async (minute) => {
          if (minute !== 1) return
          await strict.controller.bus.publish(hintFor('job'))
          await untilMore(strict, finished('PodCreationError', 'Failed'))
        },
      }
    },
  },
  {
    name: 'an Agent names a template that is not there',
    fires: [
      {
        alert: 'KubeOpenCodeAgentsUnusable',
        labels: { phase: 'Invalid' },
        summary: 'Agents are Invalid, and their Tasks wait: 1.',
      },
    ],
    minutes: 16,
    provoke: swept(
      [agent(withAgentSpec({ templateRef: { name: 'nowhere' } }))],
      'kubeopencode_agents{phase="Invalid"}',
    ),
  },
  {
    name: 'schedules are served after an outage',
    fires: [{ alert: 'KubeOpenCodeCronTasksLate', summary: 'Tasks of schedules are made 14m 0s after their time.' }],
    minutes: 2,
    provoke: lateCronTasks(),
  },
  {
    name: 'schedules are served after their deadline',
    fires: [
      {
        alert: 'KubeOpenCodeCronTasksSkipped',
        labels: { reason: 'MissedDeadline' },
        summary: 'Runs of CronTasks are left out: MissedDeadline.',
      },
    ],
    minutes: 2,
    provoke: lateCronTasks({ startingDeadlineSeconds: 30 }),
  },
  {
    name: 'the API cannot reach the apiserver',
    fires: [{ alert: 'KubeOpenCodeServerErrors', summary: '100% of the requests to the API fail.' }],
    minutes: 13,
    provoke: async () => {
      const { registry, onAnswer } = createServerMetrics()
      const away = await api(
        { 'GET /apis/kubeopencode.io/v1alpha1/tasks': () => json({ kind: 'Status', code: 503, message: 'away' }, 503) },
        { onAnswer },
      )
      return { registries: [world().metrics.registry, registry], each: () => away.call('GET', '/api/v1/tasks') }
    },
  },
  {
    name: 'all is well',
    fires: [],
    minutes: 90,
    provoke: async () => {
      const fine = await withServer()
      const post = webhooks(fine, hooks)
      const { serving } = await issue({ names: ['webhook'], now: new Date() })
      recordCertificate(fine.metrics, serving.certificate)
      const { registry, onAnswer } = createServerMetrics()
      const served = await api(
        { 'GET /apis/kubeopencode.io/v1alpha1/tasks': () => json({ metadata: {}, items: [] }) },
        { onAnswer },
      )
      return {
        registries: [fine.metrics.registry, registry],
        each: async (minute) => {
          for (const path of ['/mutate/tasks', '/validate/tasks', '/observe/tasks']) await post(path, goodTask)
          await post('/validate/tasks', badTask)
          await served.call('GET', '/api/v1/tasks')
          await untilSwept(fine)
          if (minute !== 1 && minute !== 6) return
          const name = `job-${minute}`
          fine.cluster.put(task(named(name)))
          await fine.controller.bus.publish(hintFor(name))
          await expect
            .poll(() => fine.cluster.get({ kind: 'Pod', namespace: 'default', name: `${name}-pod` }))
            .toBeDefined()
          endPod(fine, name)
          await fine.controller.bus.publish(hintFor(name))
          await untilMore(fine, finished('Completed'))
        },
      }
    },
  },
]
