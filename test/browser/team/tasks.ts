import type { CronTask } from '../../../crds/cron-task.ts'
import type { Task } from '../../../crds/task.ts'
import { ago, made, now } from './made.ts'

interface Told {
  readonly agent?: string
  readonly says: string
  /** Minutes ago. */
  readonly created: number
  readonly started?: number
  /** Minutes it took. */
  readonly took?: number
  readonly cost?: string
  readonly tokens?: readonly [input: number, output: number]
  readonly changes?: readonly [files: number, additions: number, deletions: number]
  readonly failed?: readonly [reason: string, message: string]
  readonly waits?: readonly [reason: string, message: string, position: number]
  readonly isStopped?: boolean
  readonly cronTask?: string
  readonly timeout?: string
  readonly question?: NonNullable<Task['status']>['question']
  readonly answers?: NonNullable<Task['status']>['answers']
}

const phaseOf = ({ started, took, failed, waits }: Told): string =>
  failed ? 'Failed' : took !== undefined ? 'Completed' : waits || started === undefined ? 'Queued' : 'Running'

const conditionsOf = (told: Told): object[] => {
  const { started = 0, took = 0, failed, waits, isStopped, question } = told
  const at = ago(started - took)
  if (waits)
    return [
      { type: 'Queued', status: 'True', reason: waits[0], message: waits[1], lastTransitionTime: ago(told.created) },
    ]
  const turn = {
    type: 'Queued',
    status: 'False',
    reason: 'CapacityAvailable',
    message: `its turn came at Agent ${told.agent}`,
    lastTransitionTime: ago(started),
  }
  const asks = question && {
    type: 'ApprovalPending',
    status: 'True',
    reason: 'PermissionAsked',
    message: `the agent asks for leave to use ${question.text}.`,
    lastTransitionTime: question.since,
  }
  const end = failed
    ? { type: 'Failed', status: 'True', reason: failed[0], message: failed[1], lastTransitionTime: at }
    : isStopped
      ? {
          type: 'Stopped',
          status: 'True',
          reason: 'UserStopped',
          message: 'stopped by a person',
          lastTransitionTime: at,
        }
      : {
          type: 'Complete',
          status: 'True',
          reason: 'Completed',
          message: 'the agent has finished its work',
          lastTransitionTime: at,
        }
  return [turn, ...(asks ? [asks] : []), ...(told.took !== undefined ? [end] : [])]
}

const task = (name: string, told: Told): Task => {
  const { agent = 'developer', says, created, started, took, cost, tokens, changes, waits, cronTask, timeout } = told
  const summary = {
    ...(cost !== undefined && { cost }),
    ...(tokens && { messageCount: 14, tokenUsage: { input: tokens[0], output: tokens[1], reasoning: 0, cache: 0 } }),
    ...(changes && { filesChanged: changes[0], additions: changes[1], deletions: changes[2] }),
  }
  return made('Task', name, created, {
    metadata: { ...(cronTask !== undefined && { labels: { 'kubeopencode.io/crontask': cronTask } }) },
    spec: { agentRef: { name: agent }, description: says, ...(timeout !== undefined && { timeout }) },
    status: {
      observedGeneration: 1,
      phase: phaseOf(told),
      agentRef: { name: agent },
      ...(waits && { queue: { position: waits[2], since: ago(created) } }),
      ...(started !== undefined && { startTime: ago(started), podName: `${name}-pod` }),
      ...(started !== undefined && took !== undefined && { completionTime: ago(started - took) }),
      ...(Object.keys(summary).length > 0 && { session: { id: `ses_${name}`, summary } }),
      ...(told.question && { question: told.question }),
      ...(told.answers && { answers: told.answers }),
      conditions: conditionsOf(told),
    },
  })
}

const busy = (position: number): readonly [string, string, number] => [
  'AgentAtCapacity',
  `Agent developer runs 2 of 2 Tasks; the end of one of them, or a higher maxConcurrentTasks, makes room; position ${position} in the queue`,
  position,
]

/** What a CronTask has made: one run a day, and how many minutes each took; `failed` counts from the newest. */
const runs = (
  cronTask: string,
  agent: string,
  says: string,
  { first, costs, failed = [] }: { first: number; costs: readonly string[]; failed?: readonly number[] },
): Task[] =>
  costs.map((cost, day) => {
    const created = first + day * 1440
    return task(`${cronTask}-${Math.floor(now.getTime() / 1000) - created * 60}`, {
      agent,
      says,
      created,
      started: created - 0.1,
      took: 3 + ((day * 7) % 5),
      cost,
      tokens: [90_000 + day * 3_000, 4_100],
      cronTask,
      ...(failed.includes(day) && {
        failed: ['AgentRunFailed', 'the session ended with an error: the registry answered 503 five times'] as const,
      }),
    })
  })

const updates = 'Bring the dependencies up to date, run all tests, and open a change for each that passes.'
const scan = 'Compare what we depend on with the published advisories. Open an issue for each that is critical or high.'

export const tasks: readonly Task[] = [
  task('publish-2-18-0', {
    agent: 'releases',
    says: 'Publish version 2.18.0 of @shop/storefront: check the changelog, tag the commit, publish the package.',
    created: 7,
    started: 6,
    cost: '0.21',
    tokens: [61_400, 3_900],
    timeout: '30m',
    question: {
      id: 'per_7c1',
      kind: 'Permission',
      text: 'bash: npm publish --access restricted --tag latest',
      always: ['bash: npm publish *'],
      since: ago(1),
      deadline: ago(-29),
    },
    answers: [
      {
        id: 'per_7a0',
        kind: 'Permission',
        text: 'bash: git push origin v2.18.0',
        verdict: 'Approved',
        by: 'ada@example.com',
        time: ago(3),
      },
    ],
  }),
  task('faster-product-search', {
    says: 'Searching for a product takes two seconds. Find out why, make it fast, and say what you measured.',
    created: 12,
    started: 11,
    cost: '0.87',
    tokens: [412_000, 18_200],
  }),
  task('flaky-checkout-test', {
    says: 'The test "pays with a voucher" fails about once in ten runs. Find the cause and repair it.',
    created: 24,
    started: 4,
    cost: '0.19',
    tokens: [88_000, 5_100],
  }),
  task('review-4127', {
    agent: 'reviewer',
    says: 'Review change 4127: read the diff, run the tests it touches, and comment on what you would not ship.',
    created: 1,
    started: 1,
  }),
  task('dark-colours-for-mail', {
    says: 'Order mails are unreadable in dark mail programs. Give the templates colours for both.',
    created: 9,
    waits: busy(1),
  }),
  task('remove-old-banner', {
    says: 'Remove the banner of the spring sale and everything that only it uses.',
    created: 3,
    waits: busy(2),
  }),
  task('price-in-two-currencies', {
    says: 'Show prices in francs beside euros for customers from Switzerland.\n\nRates come from the service `rates`; round as docs/money.md says. Write tests first, and do not touch the checkout.',
    created: 45,
    started: 44,
    took: 17.3,
    cost: '1.42',
    tokens: [734_000, 31_900],
    changes: [6, 184, 27],
  }),
  task('import-supplier-list', {
    says: 'Import the list of suppliers from the attached sheet.',
    created: 70,
    started: 69,
    took: 2.2,
    cost: '0.05',
    tokens: [21_000, 900],
    failed: ['OOMKilled', 'container agent was killed because it used more memory than its limit of 4Gi'],
  }),
  task('review-4126', {
    agent: 'reviewer',
    says: 'Review change 4126: read the diff, run the tests it touches, and comment on what you would not ship.',
    created: 96,
    started: 96,
    took: 4.4,
    cost: '0.31',
    tokens: [140_000, 6_800],
  }),
  task('explain-stock-report', {
    agent: 'analyst',
    says: 'Why does the report of stock differ from the warehouse since Sunday?',
    created: 130,
    started: 129,
    took: 8,
    isStopped: true,
    cost: '0.12',
    tokens: [52_000, 3_100],
  }),
  task('guide-for-vouchers', {
    agent: 'writer',
    says: 'Write a page about vouchers for the shop guide, in the tone of the others.',
    created: 161,
    started: 160,
    took: 8.1,
    cost: '0.27',
    tokens: [97_000, 11_400],
    changes: [2, 96, 4],
  }),
  ...runs('nightly-updates', 'developer', updates, {
    first: 504,
    costs: ['0.64', '0.58', '0.71', '0.09', '0.66', '0.52', '0.61', '0.74', '0.55', '0.60'],
    failed: [3],
  }),
  ...runs('advisories', 'security', scan, {
    first: 84,
    costs: ['0.18', '0.17', '0.22', '0.19', '0.18', '0.04', '0.21'],
    failed: [5],
  }),
].toSorted((one, other) => ((one.metadata.creationTimestamp ?? '') < (other.metadata.creationTimestamp ?? '') ? 1 : -1))

const cronTask = (name: string, days: number, spec: object, status: object = {}): CronTask =>
  made('CronTask', name, days * 1440, {
    spec: {
      concurrencyPolicy: 'Forbid',
      suspend: false,
      maxRetainedTasks: 30,
      timeZone: 'Europe/Berlin',
      ...spec,
    },
    status: {
      observedGeneration: 1,
      active: 0,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Scheduled',
          message: 'Tasks are made as scheduled',
          lastTransitionTime: ago(days * 1440),
        },
      ],
      ...status,
    },
  })

const work = (agent: string, description: string) => ({
  taskTemplate: { spec: { agentRef: { name: agent }, description, timeout: '1h' } },
})

export const cronTasks: readonly CronTask[] = [
  cronTask(
    'nightly-updates',
    41,
    { schedule: '0 4 * * *', ...work('developer', updates) },
    { lastScheduleTime: ago(504), lastSuccessfulTime: ago(501), nextScheduleTime: ago(-936), totalExecutions: 41 },
  ),
  cronTask(
    'advisories',
    23,
    { schedule: '0 11 * * *', ...work('security', scan) },
    { lastScheduleTime: ago(84), lastSuccessfulTime: ago(80), nextScheduleTime: ago(-1356), totalExecutions: 23 },
  ),
  cronTask(
    'stale-branches',
    16,
    {
      schedule: '30 7 * * 1',
      ...work('reviewer', 'Ask whoever left a branch alone for a month what is to become of it.'),
    },
    { lastScheduleTime: ago(1734), lastSuccessfulTime: ago(1729), nextScheduleTime: ago(-8346), totalExecutions: 3 },
  ),
  cronTask('holiday-prices', 9, {
    schedule: '0 6 1 12 *',
    suspend: true,
    ...work('developer', 'Put the prices of the holidays into force.'),
  }),
]
