import { describe, expect, test } from 'vitest'
import type { Deployment } from 'kubernetes-types/apps/v1'
import { mergeTemplate } from '../../shared/merge-template.ts'
import {
  agent,
  agentTemplate,
  ready,
  withAgentSpec,
  withAgentStatus,
  withSlots,
  withStarts,
  withTemplateSpec,
} from '../../test/builders/agent.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { available, configMap } from '../../test/builders/core.ts'
import { ownedBy, pod, theAgent, unschedulable, waiting } from '../../test/builders/pod.ts'
import { agentSight } from '../../test/builders/sight.ts'
import { started, task, withPhase } from '../../test/builders/task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import { conditionTexts, messageOf, told } from '../../test/builders/told.ts'
import {
  agentTable,
  allThere,
  asleep,
  created,
  password,
  seenAgain,
  serving,
  settled,
  unmade,
} from '../../test/builders/agent-table.ts'
import { decideAgent } from './decide.ts'
import type { AgentSight } from './sight.ts'

const starting = [
  'ServerReady=False DeploymentNotReady',
  'ServerHealthy=False DeploymentNotReady',
  'Suspended=False Active',
  'Ready=False DeploymentNotReady',
]

describe('the life of an Agent', () => {
  const made = settled({}, 0)
  const up = settled()
  agentTable([
    {
      name: 'new: its objects are made',
      sight: agentSight(),
      want: {
        phase: 'Pending',
        conditions: [...unmade, 'Ready=False DeploymentNotReady'],
        ensure: password,
        apply: allThere,
        events: ['Normal DeploymentCreated', 'Normal ServiceCreated'],
      },
    },
    {
      name: 'with storage and contexts: those too, before the Deployment',
      sight: agentSight({
        parent: agent(
          withAgentSpec({
            persistence: { sessions: { size: '1Gi' }, workspace: { size: '10Gi' } },
            contexts: [{ text: 'Be kind.', fileMode: 0o644 }],
          }),
        ),
      }),
      want: {
        phase: 'Pending',
        conditions: [...unmade, 'Ready=False DeploymentNotReady'],
        ensure: password,
        create: [
          'PersistentVolumeClaim default/coder-server-sessions',
          'PersistentVolumeClaim default/coder-server-workspace',
        ],
        apply: ['ConfigMap default/coder-server-context', ...allThere],
        events: ['Normal DeploymentCreated', 'Normal ServiceCreated'],
      },
    },
    { name: 'waiting for its server', sight: made, want: { phase: 'Pending', conditions: starting } },
    {
      name: 'waiting, with the scheduler’s words',
      sight: { ...made, pods: [pod(unschedulable('0/3 nodes are available'))] },
      want: { phase: 'Pending', conditions: starting },
      says: ['Ready', 'the Pod cannot be scheduled: Unschedulable: 0/3 nodes are available'],
    },
    {
      name: 'waiting, with the kubelet’s words',
      sight: { ...made, pods: [pod(waiting('ImagePullBackOff', 'no such image', 'opencode-init'))] },
      want: { phase: 'Pending', conditions: starting },
      says: ['ServerReady', /opencode-init .* cannot start: ImagePullBackOff: no such image/],
    },
    {
      name: 'its server answers: everybody who waits is told',
      sight: {
        ...made,
        deployment: available(made.deployment!),
        tasks: [task(withPhase('Queued')), task(started(5), withMetadata({ name: 'runs', uid: 'runs' }))],
      },
      want: { phase: 'Ready', conditions: serving, events: ['Normal Ready'], wake: ['Task/default/job'] },
    },
    { name: 'settled', sight: up, want: { phase: 'Ready', conditions: serving } },
    {
      name: 'its server answers no more: who has not said yet that it waits does so',
      sight: { ...up, deployment: available(up.deployment!, 0), tasks: [task()] },
      want: { phase: 'NotReady', conditions: starting, events: ['Warning NotReady'], wake: ['Task/default/job'] },
    },
    {
      name: 'a newer Deployment than its controller has seen is not ready',
      sight: { ...up, deployment: { ...up.deployment!, metadata: { ...up.deployment!.metadata, generation: 2 } } },
      want: { phase: 'NotReady', conditions: starting, events: ['Warning NotReady'] },
    },
    {
      name: 'suspended by a person',
      sight: seenAgain(up, withAgentSpec({ suspend: true })),
      want: {
        phase: 'Suspended',
        conditions: asleep('UserRequested'),
        apply: ['Deployment default/coder-server'],
        events: ['Normal UserSuspended'],
      },
    },
    {
      name: 'suspended by standby',
      sight: seenAgain(
        up,
        withAgentSpec({ suspend: true, standby: { idleTimeout: '30m' } }),
        withMetadata({ annotations: { 'kubeopencode.io/suspended-by': 'standby' } }),
      ),
      want: {
        phase: 'Suspended',
        conditions: asleep('Standby'),
        apply: ['Deployment default/coder-server'],
        events: ['Normal StandbySuspended'],
      },
    },
    {
      name: 'resumed',
      sight: seenAgain(
        settled({ parent: agent(withAgentSpec({ suspend: true })) }, 0),
        withAgentSpec({ suspend: false }),
      ),
      want: {
        phase: 'Pending',
        conditions: starting,
        apply: ['Deployment default/coder-server'],
        events: ['Normal Resumed'],
      },
    },
    { name: 'deleted: left to the garbage collector', sight: seenAgain(up, deleted(at(0))), want: {} },
  ])

  test('the status names what there is', () =>
    expect(decideAgent(settled(), now).status).toMatchObject({
      deploymentName: 'coder-server',
      serviceName: 'coder',
      url: 'http://coder.default.svc.cluster.local:4096',
      ready: true,
      suspended: false,
      queuedTasks: 0,
      observedGeneration: 1,
    }))
})

describe('drift', () => {
  const up = settled()
  const deployment = up.deployment!
  const cases: { name: string; sight: AgentSight; want: string[] }[] = [
    { name: 'none', sight: up, want: [] },
    {
      name: 'the apiserver’s defaults',
      sight: { ...up, deployment: { ...deployment, spec: { ...deployment.spec!, progressDeadlineSeconds: 600 } } },
      want: [],
    },
    {
      name: 'kubectl rollout restart',
      sight: {
        ...up,
        deployment: {
          ...deployment,
          spec: {
            ...deployment.spec!,
            template: {
              ...deployment.spec!.template,
              metadata: {
                ...deployment.spec!.template.metadata,
                annotations: {
                  ...deployment.spec!.template.metadata?.annotations,
                  'kubectl.kubernetes.io/restartedAt': at(0),
                },
              },
            },
          },
        },
      },
      want: [],
    },
    {
      name: 'a sidecar that somebody’s webhook adds',
      sight: {
        ...up,
        deployment: {
          ...deployment,
          spec: {
            ...deployment.spec!,
            template: {
              ...deployment.spec!.template,
              spec: {
                ...deployment.spec!.template.spec!,
                containers: [{ name: 'mesh' }, ...deployment.spec!.template.spec!.containers],
              },
            },
          },
        },
      },
      want: [],
    },
    {
      name: 'somebody scaled it',
      sight: { ...up, deployment: { ...deployment, spec: { ...deployment.spec!, replicas: 3 } } },
      want: ['Deployment default/coder-server'],
    },
    {
      name: 'a Service that is gone',
      sight: { ...up, service: undefined },
      want: ['Service default/coder'],
    },
    {
      name: 'another image',
      sight: seenAgain(up, withAgentSpec({ executorImage: 'example.com/devbox:v2' })),
      want: ['Deployment default/coder-server'],
    },
    {
      name: 'a label that is wanted no more is noticed',
      sight: seenAgain(settled({ parent: agent(withAgentSpec({ podSpec: { labels: { team: 'a' } } })) }), (one) => {
        const { podSpec: _podSpec, ...spec } = one.spec
        return { ...one, spec }
      }),
      want: ['Deployment default/coder-server'],
    },
    {
      name: 'a changed ConfigMap rolls the server',
      sight: (() => {
        const parent = agent(
          withAgentSpec({ contexts: [{ configMap: { name: 'guide', optional: false }, fileMode: 0o644 }] }),
        )
        const before = settled({ parent, contextMaps: new Map([['guide', configMap('guide', { a: 'old' })]]) })
        return { ...before, contextMaps: new Map([['guide', configMap('guide', { a: 'new' })]]) }
      })(),
      want: ['ConfigMap default/coder-server-context', 'Deployment default/coder-server'],
    },
  ]
  test.each(cases)('$name: $want', ({ sight, want }) => expect(told(decideAgent(sight, now)).apply ?? []).toEqual(want))
})

describe('limits', () => {
  const limited = settled({ parent: agent(withAgentSpec({ maxConcurrentTasks: 1 })) })
  const waits = task(withPhase('Queued'))

  test('a turn is written down and told, in one look', () => {
    const plan = decideAgent({ ...limited, tasks: [waits] }, now)
    expect(told(plan)).toEqual({ phase: 'Ready', conditions: serving, wake: ['Task/default/job'] })
    expect(plan.status).toMatchObject({
      activeTasks: [{ name: 'job', uid: 'task-uid-1', startTime: at(0) }],
      queuedTasks: 0,
    })
  })

  test('of several whose turn came the first is told, who tells the next; the others look by themselves after a while', () => {
    const three = seenAgain({ ...limited, tasks: [] }, withAgentSpec({ maxConcurrentTasks: 3 }))
    const tasks = ['c', 'a', 'b'].map((name) => task(withPhase('Queued'), withMetadata({ name, uid: name })))
    const plan = decideAgent({ ...three, tasks }, now)
    expect(plan.hints?.map(({ key: { name }, afterSeconds }) => [name, afterSeconds])).toEqual([
      ['a', undefined],
      ['b', 2],
      ['c', 2],
    ])
    expect(plan.status).toMatchObject({ activeTasks: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
  })

  test('nobody has a turn while the Agent has a fault', () => {
    const broken = seenAgain({ ...limited, tasks: [waits] }, withAgentSpec({ templateRef: { name: 'none' } }))
    expect(decideAgent(broken, now).status).toMatchObject({ activeTasks: [], queuedTasks: 1 })
  })

  test('limits that are lifted let everybody go who waits for a slot', () => {
    const lifted = seenAgain(
      { ...limited, tasks: [waits, task(started(5), withMetadata({ name: 'runs', uid: 'runs' }))] },
      withAgentSpec({ maxConcurrentTasks: 0 }),
    )
    expect(told(decideAgent(lifted, now)).wake).toEqual(['Task/default/job'])
  })

  test('a window that opens later is looked at then', () => {
    const parent = agent(withAgentSpec({ quota: { maxTaskStarts: 1, windowSeconds: 60 } }), withStarts(20))
    const sight = { ...settled({ parent }), tasks: [waits] }
    expect(told(decideAgent(sight, now)).again).toBe(40.5)
  })

  test('a template’s limits count', () => {
    const parent = agent(withAgentSpec({ templateRef: { name: 'base' } }))
    const template = agentTemplate(withTemplateSpec({ maxConcurrentTasks: 1 }))
    const sight = { ...settled({ parent, template }), tasks: [waits] }
    expect(decideAgent(sight, now).status).toMatchObject({ activeTasks: [{ uid: 'task-uid-1' }] })
  })

  test('a slot of a Task that is gone is free', () =>
    expect(decideAgent(seenAgain(limited, withSlots('gone')), now).status).toMatchObject({ activeTasks: [] }))
})

describe('idleSince, for standby', () => {
  const parent = agent(ready, withAgentSpec({ standby: { idleTimeout: '30m' } }))
  const cases = [
    { name: 'begins when nothing is left to do', sight: settled({ parent }), when: now, want: at(-60) },
    { name: 'ends with a Task', sight: { ...settled({ parent }), tasks: [task()] }, when: now, want: undefined },
    {
      name: 'is not of an Agent that sleeps',
      sight: seenAgain(settled({ parent }), withAgentSpec({ suspend: true })),
      when: now,
      want: undefined,
    },
    { name: 'is not of an Agent without standby', sight: settled(), when: now, want: undefined },
  ]
  test.each(cases)('$name', ({ sight, when, want }) =>
    expect(decideAgent(sight, when).status).toEqual(
      expect.objectContaining(want === undefined ? {} : { idleSince: want }),
    ),
  )
  test.each(cases.filter(({ want }) => want === undefined))('$name: no trace of it', ({ sight, when }) =>
    expect(decideAgent(sight, when).status).not.toHaveProperty('idleSince'),
  )
})

describe('settled: the same look later plans no change', () => {
  const cases = [
    { name: 'a ready Agent', sight: settled() },
    { name: 'one that starts', sight: settled({}, 0) },
    { name: 'a suspended one', sight: settled({ parent: agent(withAgentSpec({ suspend: true })) }) },
    {
      name: 'one with limits and Tasks',
      sight: settled({
        parent: agent(withAgentSpec({ maxConcurrentTasks: 1 })),
        tasks: [task(started(60)), task(withMetadata({ name: 'b', uid: 'b' }))],
      }),
    },
    { name: 'one with a fault', sight: settled({ parent: agent(withAgentSpec({ templateRef: { name: 'none' } })) }) },
    { name: 'one with standby', sight: settled({ parent: agent(withAgentSpec({ standby: { idleTimeout: '30m' } })) }) },
    { name: 'one that was ready once', sight: settled({ parent: agent(withAgentStatus({ phase: 'NotReady' })) }, 0) },
  ]
  test.each(cases)('$name', ({ sight }) => {
    const { status, events, apply, create, hints } = decideAgent(sight, later(1200))
    expect(status).toEqual(sight.parent.status)
    expect({ events, apply: apply ?? [], create: create ?? [], hints }).toEqual({
      events: [],
      apply: [],
      create: [],
      hints: [],
    })
  })
})

describe('what an Agent owns', () => {
  const { deployment, service } = settled({
    parent: agent(
      withAgentSpec({
        extraPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
        persistence: { sessions: { size: '1Gi' } },
      }),
    ),
  })
  const spec = deployment!.spec!
  const [server] = spec.template.spec!.containers

  test('labels, by which Service and observers find it', () => {
    const labels = {
      'kubeopencode.io/agent': 'coder',
      'app.kubernetes.io/name': 'kubeopencode-server',
      'app.kubernetes.io/instance': 'coder',
      'app.kubernetes.io/component': 'server',
      'app.kubernetes.io/managed-by': 'kubeopencode',
    }
    expect(deployment?.metadata?.labels).toEqual(labels)
    expect(spec.template.metadata?.labels).toEqual(labels)
    expect(spec.selector.matchLabels).toEqual({ 'kubeopencode.io/agent': 'coder' })
    expect(service?.spec?.selector).toEqual({ 'kubeopencode.io/agent': 'coder' })
  })

  test('the controller owner of all', () => {
    for (const object of [deployment, service]) expect(object).toEqual(ownedBy(theAgent)(object!))
  })

  test('one server, on its port, with probes that ask over HTTP', () => {
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } })
    expect(server).toMatchObject({
      name: 'opencode-server',
      workingDir: '/workspace',
      ports: [
        { name: 'http', containerPort: 4096 },
        { name: 'web', containerPort: 8080 },
      ],
      startupProbe: { httpGet: { path: '/healthz', port: 9400 } },
      readinessProbe: { httpGet: { path: '/healthz', port: 9400 } },
      livenessProbe: { httpGet: { path: '/healthz', port: 9400 } },
    })
    expect(server?.command?.at(-1)).toContain('/tools/opencode serve --port 4096 --hostname 0.0.0.0')
    expect(service?.spec?.ports?.map(({ name, port }) => [name, port])).toEqual([
      ['http', 4096],
      ['web', 8080],
      ['guard', 9400],
    ])
  })

  test('its sessions on the claim', () => {
    expect(server?.env).toContainEqual({ name: 'OPENCODE_DB', value: '/data/sessions/opencode.db' })
    expect(server?.volumeMounts).toContainEqual({ name: 'sessions', mountPath: '/data/sessions' })
  })

  test('conditions in their order', () => expect(conditionTexts(settled().parent.status)).toEqual(serving))
})

describe('the template an Agent runs', () => {
  const at3 = agentTemplate((one) => ({ ...one, metadata: { ...one.metadata, generation: 3 } }))
  const at4 = { ...at3, metadata: { ...at3.metadata, generation: 4 }, spec: { ...at3.spec, executorImage: 'other:v1' } }
  const up = settled({ template: at3, parent: agent(withAgentSpec({ templateRef: { name: 'base' } })) })
  const next = decideAgent(agentSight({ ...up, template: at4, profile: mergeTemplate(up.parent.spec, at4.spec) }), now)
  const rolled = created(next.apply ?? [], 'Deployment') as Deployment
  const seen = (status: Deployment['status'] & object) =>
    decideAgent(
      agentSight({
        ...up,
        template: at4,
        profile: mergeTemplate(up.parent.spec, at4.spec),
        deployment: { ...rolled, metadata: { ...rolled.metadata, generation: 2 }, status },
      }),
      now,
    )

  test('is told by its generation', () => expect(up.parent.status).toMatchObject({ templateGeneration: 3 }))

  test.each([
    { name: 'before the Deployment is seen', status: { observedGeneration: 1, replicas: 1, readyReplicas: 1 } },
    {
      name: 'while two servers run',
      status: { observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1 },
    },
  ])('is the old one $name, and the Agent says that it rolls', ({ status }) => {
    const plan = seen(status)
    expect(plan.status).toMatchObject({ templateGeneration: 3 })
    expect(conditionTexts(plan.status)).toContain('Reconciling=True RollingOut')
    expect(messageOf(plan, 'Reconciling')).toContain('AgentTemplate base went from generation 3 to 4')
  })

  test('is the new one once the old server is gone', () => {
    const plan = seen({ observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 })
    expect(plan.status).toMatchObject({ templateGeneration: 4 })
    expect(conditionTexts(plan.status).join(' ')).not.toContain('Reconciling')
  })

  test('is none without a template', () => expect(settled().parent.status).not.toHaveProperty('templateGeneration'))
})
