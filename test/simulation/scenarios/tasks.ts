import { isSame } from '../../../shared/merge-patch.ts'
import type { Scenario } from '../scenario.ts'
import {
  answer,
  account,
  agent,
  all,
  apply,
  configMap,
  edit,
  gone,
  isAgent,
  isAnswered,
  isIdle,
  isTask,
  isThere,
  lives,
  not,
  pod,
  remove,
  stop,
  task,
  template,
  templateTask,
} from './objects.ts'

const one = [account, agent(), task()]
const limited = (limits: Readonly<Record<string, unknown>>) => [
  account,
  agent(limits),
  task('job-1'),
  task('job-2'),
  task('job-3'),
]
const allThree = all(...[1, 2, 3].map((number) => isTask(`job-${number}`, 'Completed', 'Completed')))
const longLived = lives({ runSeconds: 100_000 })
const isRunning = isTask('job', 'Running', undefined)

export const taskScenarios: readonly Scenario[] = [
  { name: 'task-direct', objects: one, isDone: all(isTask('job', 'Completed', 'Completed'), isIdle) },
  {
    name: 'task-before-its-agent',
    objects: [task(), account, agent()],
    isDone: isTask('job', 'Completed', 'Completed'),
  },
  {
    name: 'task-queued-by-capacity',
    objects: limited({ maxConcurrentTasks: 1 }),
    isDone: all(allThree, isIdle),
  },
  {
    name: 'task-queued-by-quota',
    objects: limited({ quota: { maxTaskStarts: 2, windowSeconds: 60 } }),
    isDone: all(allThree, isIdle),
  },
  {
    name: 'task-queued-by-both',
    objects: limited({ maxConcurrentTasks: 2, quota: { maxTaskStarts: 1, windowSeconds: 60 } }),
    isDone: all(allThree, isIdle),
  },
  {
    name: 'task-template',
    objects: [account, template(), templateTask()],
    isDone: isTask('job', 'Completed', 'Completed'),
  },
  {
    name: 'task-stop-queued',
    objects: [account, agent({ suspend: true }), task()],
    people: [stop('job', isTask('job', 'Queued'))],
    isDone: all(isTask('job', 'Completed', 'UserStopped'), gone('Pod', 'job-pod'), isAgent('Suspended')),
  },
  {
    name: 'task-stop-running',
    objects: one,
    lifeOf: longLived,
    people: [stop('job', isRunning, 5)],
    isDone: all(isTask('job', 'Completed', 'UserStopped'), gone('Pod', 'job-pod'), isIdle),
  },
  {
    name: 'task-stop-frees-the-slot',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task('job-1'), task('job-2')],
    lifeOf: lives({ runSeconds: 100_000 }, /job-1/),
    people: [stop('job-1', isTask('job-1', 'Running'), 5)],
    isDone: all(isTask('job-1', 'Completed', 'UserStopped'), isTask('job-2', 'Completed', 'Completed'), isIdle),
  },
  {
    name: 'task-timeout',
    objects: [account, agent(), task('job', { timeout: '1m' })],
    lifeOf: longLived,
    isDone: all(isTask('job', 'Completed', 'Timeout'), gone('Pod', 'job-pod'), isIdle),
  },
  {
    name: 'task-asks-a-person',
    objects: [account, agent({ config: { permission: { bash: 'ask' } } }), task()],
    lifeOf: lives({ runSeconds: undefined, asksAfterSeconds: 5 }),
    people: [answer('job', 'approve', 20)],
    isDone: all(isTask('job', 'Completed', 'Completed'), isAnswered('job', 'Approved'), isIdle),
  },
  {
    name: 'task-pod-failed',
    objects: one,
    lifeOf: lives({ end: 'fails' }),
    isDone: all(isTask('job', 'Failed', 'AgentRunFailed'), isIdle),
  },
  {
    name: 'task-pod-out-of-memory',
    objects: one,
    lifeOf: lives({ end: 'is killed for its memory' }),
    isDone: all(isTask('job', 'Failed', 'OOMKilled'), isIdle),
  },
  {
    name: 'task-pod-evicted',
    objects: one,
    lifeOf: lives({ end: 'is evicted' }),
    isDone: all(isTask('job', 'Failed', 'PodFailed'), isIdle),
  },
  {
    name: 'task-pod-vanishes',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task()],
    lifeOf: lives({ end: 'vanishes' }),
    isDone: all(isTask('job', 'Failed', 'PodLost'), isIdle),
  },
  {
    name: 'task-pod-deleted-by-others',
    objects: one,
    lifeOf: longLived,
    people: [{ ...remove('Pod', 'job-pod', isRunning), afterSeconds: 5 }],
    isDone: all(isTask('job', 'Failed', 'PodLost'), gone('Pod', 'job-pod'), isIdle),
  },
  {
    name: 'task-pod-never-starts',
    objects: one,
    lifeOf: lives({ hasNoImage: true }),
    isDone: all(isTask('job', 'Failed', 'PodStartTimeout'), gone('Pod', 'job-pod'), isIdle),
  },
  {
    name: 'task-agent-deleted-while-queued',
    objects: [account, agent({ suspend: true }), task()],
    people: [remove('Agent', 'coder', isTask('job', 'Queued'))],
    isDone: all(isTask('job', 'Failed', 'AgentError'), gone('Deployment', 'coder-server'), gone('Service', 'coder')),
  },
  {
    name: 'task-agent-deleted-while-running',
    objects: one,
    people: [remove('Agent', 'coder', isRunning)],
    isDone: all(not(isRunning), isThere('Task', 'job'), gone('Deployment', 'coder-server')),
  },
  {
    name: 'task-deleted-while-running',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task()],
    lifeOf: longLived,
    people: [{ ...remove('Task', 'job', isRunning), afterSeconds: 5 }],
    isDone: all(gone('Task', 'job'), gone('Pod', 'job-pod'), gone('ConfigMap', 'job-context'), isIdle),
  },
  {
    name: 'task-deleted-in-the-foreground',
    objects: one,
    lifeOf: longLived,
    people: [{ ...remove('Task', 'job', isRunning, { propagationPolicy: 'Foreground' }), afterSeconds: 5 }],
    isDone: all(gone('Task', 'job'), gone('Pod', 'job-pod'), gone('ConfigMap', 'job-context'), isIdle),
  },
  {
    name: 'task-deleted-while-queued',
    objects: limited({ maxConcurrentTasks: 1 }).slice(0, 4),
    people: [remove('Task', 'job-2', isTask('job-2', 'Queued'))],
    isDone: all(isTask('job-1', 'Completed'), gone('Task', 'job-2'), gone('Pod', 'job-2-pod'), isIdle),
  },
  {
    name: 'task-made-again',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task()],
    lifeOf: lives({ stopSeconds: 20 }),
    people: [{ ...remove('Task', 'job', isRunning), afterSeconds: 5 }, apply(task(), gone('Task', 'job'), 1)],
    isDone: all(isTask('job', 'Completed', 'Completed'), isIdle),
  },
  {
    name: 'task-stopped-and-made-again',
    objects: [account, agent(), task()],
    lifeOf: lives({ stopSeconds: 0.2 }),
    people: [
      { ...stop('job', isRunning, 5), mayHaste: () => false },
      { ...remove('Task', 'job', isTask('job', 'Completed', 'UserStopped')), mayHaste: () => false },
      apply(task(), gone('Task', 'job')),
    ],
    isDone: all(isTask('job', 'Completed', 'Completed'), isIdle),
  },
  {
    name: 'task-foreign-pod',
    objects: [account, agent(), pod('job-pod'), task()],
    isDone: all(isTask('job', 'Failed', 'PodCreationError'), isThere('Pod', 'job-pod'), isIdle),
  },
  {
    name: 'task-foreign-config-map',
    objects: [account, agent(), configMap('job-context', { theirs: 'yes' }), task()],
    isDone: all(isTask('job', 'Failed', 'ConfigMapCreationError'), isIdle, ({ read }) =>
      isSame(read('ConfigMap', 'job-context')?.data, { theirs: 'yes' }),
    ),
  },
  {
    name: 'task-edited-while-queued',
    objects: [account, agent({ suspend: true }), task()],
    people: [
      edit('Task', 'job', isTask('job', 'Queued'), { spec: { description: 'Fix another bug.' } }),
      edit('Agent', 'coder', isTask('job', 'Queued'), { spec: { suspend: false } }),
    ],
    isDone: all(isTask('job', 'Completed', 'Completed'), isIdle),
  },
  {
    name: 'task-of-a-silent-server',
    objects: one,
    isServerSilent: true,
    isDone: all(isTask('job', 'Completed', 'ServerUnreachable'), isIdle),
  },
]
