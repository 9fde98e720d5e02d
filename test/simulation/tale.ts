import * as fc from 'fast-check'
import { annotations } from '../../crds/names.ts'
import type { Crash, Fault } from './fault.ts'
import { answers, hintFaults } from './fault.ts'
import type { Hand } from './players/hand.ts'
import { briefLife } from './players/kubelet.ts'
import type { Life } from './players/kubelet.ts'
import type { Run } from './run.ts'
import type { Look, Scenario, Step } from './scenario.ts'
import { account, agent, cronTask, task } from './scenarios/objects.ts'

/** What people may do, as data: it can be printed, and made shorter. */
type Act =
  | { readonly what: 'create'; readonly task: number; readonly timeout: '20s' | undefined }
  | { readonly what: 'stop' | 'delete' | 'delete the Pod of'; readonly task: number }
  | { readonly what: 'limit'; readonly limit: number }
  | { readonly what: 'quota'; readonly starts: number | null }
  | { readonly what: 'suspend' | 'resume' | 'delete the Agent' | 'create the Agent' | 'delete the Deployment' }
  | { readonly what: 'schedule'; readonly schedule: string; readonly policy: 'Allow' | 'Forbid' | 'Replace' }
  | { readonly what: 'trigger' | 'suspend the CronTask' | 'resume the CronTask' | 'delete the CronTask' }
  | { readonly what: 'nobody at work'; readonly seconds: number }

/** A story that nobody has written: what people do and when, how Pods fare, and what goes wrong meanwhile. */
export interface Tale {
  readonly limit: number
  readonly starts: number | undefined
  readonly sleeps: boolean
  readonly lives: readonly Pick<Life, 'runSeconds' | 'end'>[]
  readonly acts: readonly { readonly afterSeconds: number; readonly act: Act }[]
  readonly faults: readonly Fault[]
  readonly copies: number
  readonly seed: number
}

const windowSeconds = 60
const jobs = 6

const jobName = (number: number): string => `job-${number}`

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('create' as const),
      task: fc.nat(jobs - 1),
      timeout: fc.constantFrom(undefined, undefined, undefined, '20s' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('stop' as const, 'delete' as const, 'delete the Pod of' as const),
      task: fc.nat(jobs - 1),
    }),
  },
  fc.record({ what: fc.constant('limit' as const), limit: fc.nat(3) }),
  fc.record({ what: fc.constant('quota' as const), starts: fc.constantFrom(null, 1, 2) }),
  fc.record({
    what: fc.constantFrom(
      'suspend' as const,
      'resume' as const,
      'delete the Agent' as const,
      'create the Agent' as const,
      'delete the Deployment' as const,
    ),
  }),
  fc.record({
    what: fc.constant('schedule' as const),
    schedule: fc.constantFrom('* * * * *', '*/2 * * * *', '1,2,3 12 * * *', '30 4 * * *'),
    policy: fc.constantFrom('Allow' as const, 'Forbid' as const, 'Replace' as const),
  }),
  fc.record({
    what: fc.constantFrom(
      'trigger' as const,
      'suspend the CronTask' as const,
      'resume the CronTask' as const,
      'delete the CronTask' as const,
    ),
  }),
  fc.record({ what: fc.constant('nobody at work' as const), seconds: fc.integer({ min: 20, max: 400 }) }),
)

const call = fc.nat(400)
const crash = fc.record({
  kind: fc.constant('crash' as const),
  call,
  moment: fc.constantFrom('before' as const, 'committed' as const, 'answered' as const),
  old: fc.constantFrom('ended' as const, 'thaws' as const),
}) satisfies fc.Arbitrary<Crash>

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: crash },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), call, answer: fc.constantFrom(...answers) }),
  },
  fc.record({ kind: fc.constant('hint' as const), hint: fc.nat(60), what: fc.constantFrom(...hintFaults) }),
  fc.record({ kind: fc.constant('every hint' as const), what: fc.constantFrom(...hintFaults) }),
)

export const tales: fc.Arbitrary<Tale> = fc.record({
  limit: fc.nat(3),
  starts: fc.constantFrom(undefined, undefined, 1, 2),
  sleeps: fc.boolean(),
  lives: fc.array(
    fc.record({
      runSeconds: fc.integer({ min: 1, max: 60 }),
      end: fc.constantFrom(
        'succeeds' as const,
        'succeeds' as const,
        'fails' as const,
        'is evicted' as const,
        'vanishes' as const,
      ),
    }),
    { minLength: jobs, maxLength: jobs },
  ),
  acts: fc.array(fc.record({ afterSeconds: fc.constantFrom(0, 0, 1, 5, 20, 60), act }), {
    minLength: 1,
    maxLength: 12,
  }),
  faults: fc.array(fault, { maxLength: 3 }),
  copies: fc.constantFrom(1, 1, 2, 4),
  seed: fc.nat(1000),
})

const specOf = ({ limit, starts, sleeps }: Tale) => ({
  maxConcurrentTasks: limit,
  ...(starts !== undefined && { quota: { maxTaskStarts: starts, windowSeconds } }),
  ...(sleeps && { standby: { idleTimeout: '2m' } }),
})

const cronName = 'nightly'

const doIt = (tale: Tale, what: Act, hand: Hand): void => {
  const { create, patch, remove, read } = hand
  const agentSpec = (spec: object) => (read('Agent', 'coder') ? patch('Agent', 'coder', { spec }) : undefined)
  const cron = (change: object) => (read('CronTask', cronName) ? patch('CronTask', cronName, change) : undefined)
  switch (what.what) {
    case 'create':
      return create(task(jobName(what.task), what.timeout === undefined ? {} : { timeout: what.timeout }))
    case 'stop':
      return read('Task', jobName(what.task))
        ? patch('Task', jobName(what.task), { metadata: { annotations: { [annotations.stop]: 'true' } } })
        : undefined
    case 'delete':
      return remove('Task', jobName(what.task))
    case 'delete the Pod of':
      return remove('Pod', `${jobName(what.task)}-pod`)
    case 'limit':
      return agentSpec({ maxConcurrentTasks: what.limit })
    case 'quota':
      return agentSpec({ quota: what.starts === null ? null : { maxTaskStarts: what.starts, windowSeconds } })
    case 'suspend':
      return agentSpec({ suspend: true })
    case 'resume':
      return agentSpec({ suspend: false })
    case 'delete the Agent':
      return remove('Agent', 'coder')
    case 'create the Agent':
      return create(agent(specOf(tale)))
    case 'delete the Deployment':
      return remove('Deployment', 'coder-server')
    case 'schedule': {
      const spec = { schedule: what.schedule, concurrencyPolicy: what.policy }
      return read('CronTask', cronName) ? cron({ spec }) : create(cronTask(cronName, { ...spec, maxRetainedTasks: 4 }))
    }
    case 'trigger':
      return cron({ metadata: { annotations: { [annotations.trigger]: 'true' } } })
    case 'suspend the CronTask':
      return cron({ spec: { suspend: true } })
    case 'resume the CronTask':
      return cron({ spec: { suspend: false } })
    case 'delete the CronTask':
      return remove('CronTask', cronName)
    default:
      return undefined
  }
}

const actText = (what: Act): string => {
  const { what: verb, ...rest } = what
  return [verb, ...Object.values(rest as object).filter((value) => value !== undefined)].join(' ')
}

/** Nothing works and nothing waits: every Task has ended, and whoever counts them says so. */
const isAtRest = ({ all, read }: Look): boolean => {
  const found = read('Agent', 'coder')
  const cron = read('CronTask', cronName)
  const { phase, activeTasks = [], queuedTasks = 0, observedGeneration } = found?.status ?? {}
  return (
    all('Task').every(({ status }) => status?.completionTime !== undefined) &&
    (!found ||
      (['Ready', 'Suspended'].includes(phase ?? '') &&
        activeTasks.length === 0 &&
        queuedTasks === 0 &&
        observedGeneration === found.metadata.generation)) &&
    (!cron || (cron.status?.active === 0 && cron.metadata.annotations?.[annotations.trigger] === undefined))
  )
}

/** How long after the last act everything that holds Tasks back is taken away, in seconds. */
const epilogueSeconds = 30

const stepsOf = (tale: Tale): Step[] => {
  let at = 0
  const told = tale.acts.map(({ afterSeconds, act: what }): Step => {
    at += afterSeconds
    return {
      name: actText(what),
      when: () => true,
      afterSeconds: at,
      act: (hand) => doIt(tale, what, hand),
      ...(what.what === 'nobody at work' && { outageSeconds: () => what.seconds }),
    }
  })
  const epilogue: Step = {
    name: 'suspend the CronTask, empty it, and resume the Agent',
    when: () => true,
    afterSeconds: at + epilogueSeconds,
    act: (hand) => {
      doIt(tale, { what: 'suspend the CronTask' }, hand)
      if (hand.read('CronTask', cronName)) hand.patch('CronTask', cronName, { spec: { maxRetainedTasks: 100 } })
      doIt(tale, { what: 'resume' }, hand)
    },
  }
  return [...told, epilogue]
}

/** The run that a tale stands for. */
export const runOf = (tale: Tale): Run => {
  const scenario: Scenario = {
    name: 'tale',
    objects: [account, agent(specOf(tale))],
    people: stepsOf(tale),
    lifeOf: ({ metadata }) => {
      const number = Number(/^job-(\d+)-pod$/.exec(metadata?.name ?? '')?.[1] ?? 0)
      return { ...briefLife, ...tale.lives[number] }
    },
    isDone: isAtRest,
  }
  return { scenario, fault: { kind: 'many', faults: tale.faults }, seed: tale.seed, copies: tale.copies }
}

/** A tale as a person reads it. */
export const taleText = (tale: Tale): string => {
  let at = 0
  const lines = tale.acts.map(({ afterSeconds, act: what }) => {
    at += afterSeconds
    return `  ${String(at).padStart(6)} s  ${actText(what)}`
  })
  const ends = tale.lives.map(({ runSeconds, end }, index) => `${jobName(index)} ${end} after ${runSeconds} s`)
  return [`  Agent ${JSON.stringify(specOf(tale))}; ${ends.join(', ')}`, ...lines].join('\n')
}
