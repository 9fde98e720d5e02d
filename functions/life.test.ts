import type { Pod } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import type { Key } from '../shared/hint.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import { agent, agentTemplate, withAgentSpec } from '../test/builders/agent.ts'
import { withMetadata } from '../test/builders/change.ts'
import { configMap, serviceAccount } from '../test/builders/core.ts'
import { commits, followedContext, report } from '../test/builders/git-sync.ts'
import { ended, running } from '../test/builders/pod.ts'
import { fromTemplate, stopRequested, task, withSpec } from '../test/builders/task.ts'
import { announced, child, cronTask, finished, secondsAt, triggered, withCronSpec } from '../test/builders/cron-task.ts'
import { config } from '../test/builders/config.ts'
import { at } from '../test/builders/time.ts'
import { conditionTexts } from '../test/builders/told.ts'
import { world } from '../test/builders/world.ts'

const nightly: Key = { kind: 'CronTask', namespace: 'default', name: 'nightly' }
const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const job: Key = { kind: 'Task', namespace: 'default', name: 'job' }
const named = (name: string): Key => ({ ...job, name })
const kubelet = (change: (pod: Pod) => Pod) => change as (object: never) => KubeObject

const withoutEvents = (writes: readonly string[]) => writes.filter((write) => !write.startsWith('create Event'))
const events = (writes: readonly string[]) => writes.length - withoutEvents(writes).length

/** An Agent whose server is up and whose objects are settled. */
const serving = async (...objects: readonly KubeObject[]) => {
  const here = world(agent(), serviceAccount(), ...objects)
  await here.look(coder)
  await here.serve()
  await here.look(coder)
  return here
}

describe('a Task of a ready Agent', () => {
  test('takes four writes of its own from creation to completion', async () => {
    const here = await serving()
    here.cluster.put(task())
    const starting = await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(running))
    const meanwhile = await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(ended(0)))
    const ending = await here.look(job)
    expect(withoutEvents([...starting, ...meanwhile, ...ending])).toEqual([
      'create ConfigMap default/job-context',
      'create Pod default/job-pod',
      'status Task default/job',
      'status Task default/job',
    ])
    expect(events([...starting, ...meanwhile, ...ending])).toBe(2)
    expect((await here.read('Task', 'job')).status).toMatchObject({ phase: 'Completed', podName: 'job-pod' })
    expect(await here.sweeps(job, coder)).toEqual([])
  })

  test('runs on quietly for as long as it takes', async () => {
    const here = await serving(task())
    await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(running))
    expect(await here.sweeps(job, coder)).toEqual([])
  })

  test('is stopped once, and stays stopped', async () => {
    const here = await serving(task())
    await here.look(job)
    await here.change('Task', 'job', stopRequested as (object: never) => KubeObject)
    const writes = withoutEvents(await here.look(job))
    expect(writes).toEqual(['remove Pod default/job-pod', 'status Task default/job'])
    expect(here.aborted).toEqual(['kubeopencode/default/job/task-uid'])
    expect(conditionTexts((await here.read('Task', 'job')).status)).toEqual(['Stopped=True UserStopped'])
    expect(await here.sweeps(job, coder)).toEqual([])
  })

  test('is ended by its timeout', async () => {
    const here = await serving(task(withSpec({ timeout: '10m' })))
    await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(running))
    here.pass(599)
    await here.look(job)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Running')
    here.pass(1)
    await here.look(job)
    expect(conditionTexts((await here.read('Task', 'job')).status)).toEqual(['Stopped=True Timeout'])
  })
})

describe('a world that stands still is left alone', () => {
  const broken = { configMap: { name: 'none', optional: false }, fileMode: 0o644 }
  const cases = [
    { name: 'an Agent that starts', objects: [agent(), serviceAccount()], keys: [coder] },
    {
      name: 'a suspended Agent with a Task',
      objects: [agent(withAgentSpec({ suspend: true })), task()],
      keys: [coder, job],
    },
    {
      name: 'an Agent that is not ready, with a Task',
      objects: [agent(), serviceAccount(), task()],
      keys: [job, coder],
    },
    {
      name: 'an Agent with a fault and a Task',
      objects: [agent(withAgentSpec({ contexts: [broken] })), task()],
      keys: [coder, job],
    },
    {
      name: 'a template that nobody has made',
      objects: [agent(withAgentSpec({ templateRef: { name: 'none' } }))],
      keys: [coder],
    },
    { name: 'a Task of nobody', objects: [task()], keys: [job] },
    { name: 'a Task of a template', objects: [task(fromTemplate), agentTemplate()], keys: [job] },
    {
      name: 'a Task whose names are taken',
      objects: [agent(), configMap('job-context'), task()],
      keys: [coder, job],
    },
    {
      name: 'a template with Agents',
      objects: [agentTemplate(), agent(withAgentSpec({ templateRef: { name: 'base' } }))],
      keys: [{ kind: 'AgentTemplate', namespace: 'default', name: 'base' }, coder],
    },
    {
      name: 'the configuration',
      objects: [
        agent(),
        {
          apiVersion: 'kubeopencode.io/v1alpha1',
          kind: 'KubeOpenCodeConfig',
          metadata: { name: 'cluster', generation: 1 },
          spec: {},
        } as KubeObject,
      ],
      keys: [{ kind: 'KubeOpenCodeConfig', name: 'cluster' }, coder],
    },
  ] satisfies { name: string; objects: KubeObject[]; keys: Key[] }[]

  test.each(cases)('$name', async ({ objects, keys }) => {
    const here = world(...objects)
    // Twice for what is seen only after it was made; then the grace for what is missing runs out.
    await here.look(...keys)
    await here.look(...keys)
    here.pass(10)
    await here.look(...keys)
    const writes = await here.sweeps(...keys)
    // A Pod that no kubelet takes ends its Task once; nothing else happens in an hour.
    expect(
      withoutEvents(writes).filter(
        (write) => !['remove Pod default/job-pod', 'status Task default/job'].includes(write),
      ),
    ).toEqual([])
    expect(await here.sweeps(...keys)).toEqual([])
  })
})

describe('an Agent with one slot', () => {
  const limited = agent(withAgentSpec({ maxConcurrentTasks: 1 }))
  const numbered = (number: number) =>
    task(
      withMetadata({ name: `job-${number}`, uid: `uid-${number}`, creationTimestamp: `2026-06-01T11:00:0${number}Z` }),
    )

  const begun = async () => {
    const here = world(limited, serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    for (const number of [1, 2, 3]) here.cluster.put(numbered(number))
    await here.look(named('job-3'), named('job-2'), named('job-1'))
    here.pass(2)
    await here.look(named('job-3'), named('job-2'))
    return here
  }
  const phases = async (here: Awaited<ReturnType<typeof begun>>) =>
    Promise.all([1, 2, 3].map(async (number) => (await here.read('Task', `job-${number}`)).status?.phase))

  test('lets the oldest go first; the others say what they wait for', async () => {
    const here = await begun()
    expect(await phases(here)).toEqual(['Running', 'Queued', 'Queued'])
    expect(conditionTexts((await here.read('Task', 'job-2')).status)).toEqual(['Queued=True AgentAtCapacity'])
    expect((await here.read('Agent', 'coder')).status).toMatchObject({
      queuedTasks: 2,
      activeTasks: [{ name: 'job-1' }],
    })
  })

  test('the end of one is the start of the next, in one chain of wakes', async () => {
    const here = await begun()
    await here.change('Pod', 'job-1-pod', kubelet(ended(0)))
    const writes = withoutEvents(await here.look(named('job-1')))
    expect(await phases(here)).toEqual(['Completed', 'Running', 'Queued'])
    expect(writes).toEqual([
      'status Task default/job-1',
      'status Agent default/coder',
      'create ConfigMap default/job-2-context',
      'create Pod default/job-2-pod',
      'status Task default/job-2',
    ])
    // Nobody waits for what is said of places.
    here.pass(2)
    expect(withoutEvents(await here.look(coder))).toEqual(['status Task default/job-3'])
  })

  test('a start with a free slot costs one write more, and none of a queue', async () => {
    const here = world(limited, serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    here.cluster.put(task())
    expect(withoutEvents(await here.look(job))).toEqual([
      'status Agent default/coder',
      'create ConfigMap default/job-context',
      'create Pod default/job-pod',
      'status Task default/job',
    ])
  })

  test('is quiet while one runs and two wait', async () => {
    const here = await begun()
    await here.change('Pod', 'job-1-pod', kubelet(running))
    await here.look(coder)
    expect(await here.sweeps(coder, ...[1, 2, 3].map((number) => named(`job-${number}`)))).toEqual([])
  })

  test('with every hint lost, looking at everything is enough', async () => {
    const here = await begun()
    const everything = [named('job-3'), named('job-2'), named('job-1'), coder]
    for (const number of [1, 2, 3]) {
      await here.change('Pod', `job-${number}-pod`, kubelet(ended(0)))
      await here.look(...everything)
    }
    expect(await phases(here)).toEqual(['Completed', 'Completed', 'Completed'])
    expect((await here.read('Agent', 'coder')).status).toMatchObject({ activeTasks: [], queuedTasks: 0 })
    expect(here.cluster.writes.filter((write) => write.startsWith('create Pod'))).toEqual([
      'create Pod default/job-1-pod',
      'create Pod default/job-2-pod',
      'create Pod default/job-3-pod',
    ])
  })
})

describe('a Task that waits for its Agent', () => {
  test('starts when the server answers', async () => {
    const here = world(agent(), serviceAccount(), task())
    await here.look(job)
    expect(conditionTexts((await here.read('Task', 'job')).status)).toEqual(['Queued=True AgentServerNotReady'])
    await here.serve()
    await here.look(coder)
    expect((await here.read('Task', 'job')).status).toMatchObject({ phase: 'Running' })
    expect((await here.read('Agent', 'coder')).status?.queuedTasks).toBe(0)
  })

  test('is told when its Agent is suspended meanwhile, and when it is resumed', async () => {
    const here = await serving()
    await here.change('Agent', 'coder', withAgentSpec({ suspend: true }) as (object: never) => KubeObject)
    await here.serve(0)
    await here.look(coder)
    here.cluster.put(task())
    await here.look(job)
    expect(conditionTexts((await here.read('Task', 'job')).status)).toEqual(['Queued=True AgentSuspended'])
    await here.change('Agent', 'coder', withAgentSpec({ suspend: false }) as (object: never) => KubeObject)
    await here.look(coder)
    expect(conditionTexts((await here.read('Task', 'job')).status)).toEqual(['Queued=True AgentServerNotReady'])
    await here.serve()
    await here.look(coder)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Running')
  })
})

describe('a CronTask', () => {
  const hour = 3600
  const run = (hours: number) => `nightly-${secondsAt(hours * hour)}`
  const runKey = (hours: number) => named(run(hours))
  const statusOf = async (here: ReturnType<typeof world>) => (await here.read('CronTask', 'nightly')).status
  const end = (here: ReturnType<typeof world>, hours: number) =>
    here.change('Pod', `${run(hours)}-pod`, kubelet(ended(0)))
  const waiting = async (...changes: Parameters<typeof cronTask>) => {
    const here = await serving(cronTask(withMetadata({ creationTimestamp: at(-60) }), announced(hour), ...changes))
    await here.look(nightly)
    return here
  }

  test('fires with three writes of its own, and is told of the end with one', async () => {
    const here = await waiting()
    here.pass(hour)
    const firing = await here.look(nightly)
    expect(firing.filter((write) => write.includes('CronTask') || write.startsWith('create Task'))).toEqual([
      `create Task default/${run(1)}`,
      'status CronTask default/nightly',
    ])
    expect(events(firing)).toBe(1)
    await here.look(runKey(1))
    await end(here, 1)
    const ending = await here.look(runKey(1))
    expect(withoutEvents(ending)).toEqual([`status Task default/${run(1)}`, 'status CronTask default/nightly'])
    expect(await statusOf(here)).toMatchObject({
      active: 0,
      totalExecutions: 1,
      lastScheduleTime: at(hour),
      lastSuccessfulTime: at(hour),
      nextScheduleTime: at(2 * hour),
    })
  })

  test('is quiet between two slots', async () => {
    const here = await waiting(announced(24 * hour))
    expect(await here.sweeps(nightly, coder)).toEqual([])
  })

  test('replaces: the old one is stopped, and the new one begins when it has ended', async () => {
    const here = await waiting(withCronSpec({ concurrencyPolicy: 'Replace' }))
    here.pass(hour)
    await here.look(nightly)
    await here.look(runKey(1))
    await here.change('Pod', `${run(1)}-pod`, kubelet(running))
    here.pass(hour)
    expect(withoutEvents(await here.look(nightly))).toEqual([
      `apply Task default/${run(1)}`,
      'status CronTask default/nightly',
    ])
    expect(await here.look(nightly)).toEqual([])
    // The stop annotation passes an observer, which asks for the Task.
    const writes = withoutEvents(await here.look(runKey(1)))
    expect(writes).toEqual([
      `remove Pod default/${run(1)}-pod`,
      `status Task default/${run(1)}`,
      `create Task default/${run(2)}`,
      'status CronTask default/nightly',
    ])
    expect(await statusOf(here)).toMatchObject({ totalExecutions: 2, activeRefs: [{ name: run(2) }] })
  })

  test('serves one trigger with one Task', async () => {
    const here = await waiting()
    await here.change('CronTask', 'nightly', triggered() as (object: never) => KubeObject)
    here.pass(7)
    const writes = withoutEvents(await here.look(nightly))
    expect(writes).toEqual([
      'patch CronTask default/nightly',
      `create Task default/nightly-${secondsAt(7)}`,
      'status CronTask default/nightly',
      'patch CronTask default/nightly',
    ])
    expect((await here.read('CronTask', 'nightly')).metadata.annotations).toBeUndefined()
    expect(await statusOf(here)).toMatchObject({ totalExecutions: 1, lastTriggerTime: at(7) })
    await here.look(nightly)
    expect(await here.look(nightly)).toEqual([])
  })

  test.each([0, 1, 2, 3, 4, 5])('a crash after %i writes costs no run and makes none twice', async (crashAt) => {
    const here = await waiting(withCronSpec({ concurrencyPolicy: 'Allow' }))
    await here.change('CronTask', 'nightly', triggered() as (object: never) => KubeObject)
    here.pass(hour)
    const start = here.cluster.writes.length
    here.cluster.refuse = () => (here.cluster.writes.length - start > crashAt ? new Error('killed') : undefined)
    await here.look(nightly).catch(() => undefined)
    here.cluster.refuse = () => undefined
    here.published.splice(0)
    here.pass(20)
    await here.look(nightly)
    const tasks = (await here.cluster.list('Task')).items.map(({ metadata }) => metadata.name)
    expect(tasks.filter((name) => name === run(1))).toHaveLength(1)
    expect(tasks).toHaveLength(2)
    expect(await statusOf(here)).toMatchObject({ totalExecutions: 2, lastScheduleTime: at(hour) })
    expect((await here.read('CronTask', 'nightly')).metadata.annotations).toBeUndefined()
    expect(withoutEvents(await here.look(nightly))).toEqual([])
  })

  test('its finished Task is not cleaned up before it is counted', async () => {
    const here = await waiting()
    here.cluster.put(config({ ttlSecondsAfterFinished: 0 }))
    here.pass(hour)
    // The crash of an earlier copy: the Task is there, and has ended, and nobody has told its CronTask.
    here.cluster.put(child(hour, finished(-hour)))
    const writes = withoutEvents(await here.look({ kind: 'KubeOpenCodeConfig', name: 'cluster' }))
    expect(writes).toEqual(['status KubeOpenCodeConfig cluster', 'status CronTask default/nightly'])
    expect(await statusOf(here)).toMatchObject({ totalExecutions: 1, nextScheduleTime: at(2 * hour) })
    expect(await here.look({ kind: 'KubeOpenCodeConfig', namespace: 'default', name: 'cluster' })).toEqual([])
    expect(withoutEvents(await here.look({ kind: 'KubeOpenCodeConfig', name: 'cluster' }))).toEqual([
      `remove Task default/${run(1)}`,
    ])
    expect(withoutEvents(await here.look(nightly))).toEqual([])
  })
})

describe('an Agent that follows a repository', () => {
  const [first, second] = commits
  const port = 9410
  const following = async (policy: 'HotReload' | 'Rollout') => {
    const here = world(agent(withAgentSpec({ contexts: [followedContext(policy)] })), serviceAccount())
    await here.look(coder)
    await here.serve()
    here.reports.set(port, report())
    await here.look(coder)
    return here
  }
  const hash = async (here: Awaited<ReturnType<typeof following>>) =>
    (await here.read('Deployment', 'coder-server')).spec?.template.metadata?.annotations?.[
      'kubeopencode.io/git-hash-config'
    ]

  test.each(['HotReload', 'Rollout'] as const)('is quiet as long as the remote is (%s)', async (policy) => {
    const here = await following(policy)
    expect(await here.sweeps(coder)).toEqual([])
    here.reports.clear()
    expect(await here.sweeps(coder)).toEqual([])
  })

  test('tells a new commit in one write', async () => {
    const here = await following('HotReload')
    here.reports.set(port, report(second, { commit: second }))
    expect(await here.look(coder)).toEqual(['status Agent default/coder'])
    expect((await here.read('Agent', 'coder')).status?.gitSyncStatuses).toMatchObject([{ commitHash: second }])
    expect(await here.sweeps(coder)).toEqual([])
  })

  test('is restarted for a new commit at the end of its Task, which wakes it', async () => {
    const here = await following('Rollout')
    here.cluster.put(task())
    await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(running))
    here.reports.set(port, report(second))
    expect(await here.look(coder)).toEqual(['status Agent default/coder'])
    expect(await hash(here)).toBeUndefined()
    await here.change('Pod', 'job-pod', kubelet(ended(0)))
    expect(withoutEvents(await here.look(job))).toEqual([
      'status Task default/job',
      'apply Deployment default/coder-server',
      'status Agent default/coder',
    ])
    expect(await hash(here)).toBe(second)
    here.reports.set(port, report(second, { commit: second }))
    await here.serve()
    await here.look(coder)
    expect(conditionTexts((await here.read('Agent', 'coder')).status)).toContain('GitSyncPending=False Synced')
    expect(await here.sweeps(coder)).toEqual([])
  })

  test('is restarted within an hour and a sweep, with every hint lost', async () => {
    const here = await following('Rollout')
    here.cluster.put(task())
    await here.look(job)
    await here.change('Pod', 'job-pod', kubelet(running))
    here.reports.set(port, report(second))
    await here.look(coder)
    const status = (await here.read('Agent', 'coder')).status
    expect(status?.gitSyncStatuses).toMatchObject([{ commitHash: first, pendingHash: second }])
    expect(withoutEvents(await here.sweeps(coder))).toEqual([
      'apply Deployment default/coder-server',
      'status Agent default/coder',
    ])
    expect(await hash(here)).toBe(second)
  })

  test('takes new Tasks while a commit waits', async () => {
    const here = await following('Rollout')
    here.cluster.put(task())
    await here.look(job)
    here.reports.set(port, report(second))
    await here.look(coder)
    here.cluster.put(task(withMetadata({ name: 'next', uid: 'next' })))
    await here.look(named('next'))
    expect((await here.read('Task', 'next')).status?.phase).toBe('Running')
    expect(await hash(here)).toBeUndefined()
  })
})

describe('a crash after any write is finished by whoever comes next', () => {
  const phasesOf = async (crashAt: number) => {
    const here = world(agent(withAgentSpec({ maxConcurrentTasks: 1 })), serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    here.cluster.put(task())
    const start = here.cluster.writes.length
    // Everything after the fatal write is lost, together with every hint of that process.
    here.cluster.refuse = () => (here.cluster.writes.length - start > crashAt ? new Error('killed') : undefined)
    await here.look(job).catch(() => undefined)
    here.cluster.refuse = () => undefined
    here.published.splice(0)
    await here.look(job, coder)
    await here.change('Pod', 'job-pod', kubelet(running))
    await here.look(job, coder)
    const { status } = await here.read('Task', 'job')
    return {
      status,
      conditions: conditionTexts(status),
      pods: here.cluster.writes.filter((write) => write === 'create Pod default/job-pod').length,
    }
  }

  test.each([0, 1, 2, 3, 4])('after %i writes', async (crashAt) => {
    const { status, conditions } = await phasesOf(crashAt)
    expect(status).toMatchObject({ phase: 'Running', podName: 'job-pod' })
    expect(conditions.filter((condition) => condition.startsWith('Queued=True'))).toEqual([])
  })
})
