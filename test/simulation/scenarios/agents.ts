import type { Scenario } from '../scenario.ts'
import {
  account,
  agent,
  all,
  apply,
  configMap,
  edit,
  gone,
  isAgent,
  isIdle,
  isInvalid,
  isTask,
  isThere,
  lives,
  remove,
  service,
  task,
  template,
} from './objects.ts'

const inherits = { workspaceDir: undefined, templateRef: { name: 'base' } }
const rules = { name: 'rules', type: 'ConfigMap', configMap: { name: 'rules' } }
const isImage =
  (image: string): Scenario['isDone'] =>
  ({ read }) =>
    read('Deployment', 'coder-server')?.spec?.template.spec?.containers[0]?.image === image

export const agentScenarios: readonly Scenario[] = [
  { name: 'agent-create', objects: [account, agent()], isDone: isIdle },
  { name: 'agent-before-its-account', objects: [agent(), account], isDone: isIdle },
  {
    name: 'agent-persistent',
    objects: [account, agent({ persistence: { sessions: {}, workspace: {} } })],
    isDone: all(isIdle, isThere('PersistentVolumeClaim', 'coder-server-sessions')),
  },
  {
    name: 'agent-template-change',
    objects: [account, template({ executorImage: 'example.com/one:v1' }), agent(inherits)],
    people: [edit('AgentTemplate', 'base', isIdle, { spec: { executorImage: 'example.com/two:v2' } })],
    isDone: all(
      isIdle,
      isImage('example.com/two:v2'),
      ({ read }) => read('AgentTemplate', 'base')?.status?.agents === 1,
    ),
  },
  {
    name: 'agent-template-comes-late',
    objects: [account, agent(inherits)],
    people: [apply(template(), isInvalid('InvalidTemplateRef'), 5)],
    isDone: isIdle,
  },
  {
    name: 'agent-context-comes-late',
    objects: [account, agent({ contexts: [rules] })],
    people: [apply(configMap('rules', { 'a.md': 'be kind' }), isInvalid('InvalidContext'), 5)],
    isDone: isIdle,
  },
  {
    name: 'agent-suspend',
    objects: [account, agent(), task()],
    people: [
      { ...edit('Agent', 'coder', isTask('job', 'Running'), { spec: { suspend: true } }), mayHaste: () => false },
    ],
    isDone: all(
      isAgent('Suspended'),
      isTask('job', 'Completed'),
      ({ read }) => read('Deployment', 'coder-server')?.status?.readyReplicas === 0,
    ),
  },
  {
    name: 'agent-resume',
    objects: [account, agent({ suspend: true, maxConcurrentTasks: 1 }), task('job-1'), task('job-2')],
    people: [edit('Agent', 'coder', isTask('job-2', 'Queued'), { spec: { suspend: false } })],
    isDone: all(isIdle, isTask('job-1', 'Completed'), isTask('job-2', 'Completed')),
  },
  {
    name: 'agent-limit-raised',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task('job-1'), task('job-2'), task('job-3')],
    lifeOf: lives({ runSeconds: 100_000 }, /job-1/),
    people: [edit('Agent', 'coder', isTask('job-3', 'Queued'), { spec: { maxConcurrentTasks: 2 } })],
    isDone: all(isTask('job-1', 'Running'), isTask('job-2', 'Completed'), isTask('job-3', 'Completed')),
  },
  {
    name: 'agent-limit-lifted',
    objects: [account, agent({ maxConcurrentTasks: 1 }), task('job-1'), task('job-2'), task('job-3')],
    lifeOf: lives({ runSeconds: 100_000 }, /job-1/),
    people: [edit('Agent', 'coder', isTask('job-3', 'Queued'), { spec: { maxConcurrentTasks: 0 } })],
    isDone: all(isTask('job-1', 'Running'), isTask('job-2', 'Completed'), isTask('job-3', 'Completed')),
  },
  {
    name: 'agent-limit-set-while-running',
    objects: [account, agent(), task('job-1'), task('job-2')],
    lifeOf: lives({ runSeconds: 400 }),
    people: [
      edit('Agent', 'coder', all(isTask('job-1', 'Running'), isTask('job-2', 'Running')), {
        spec: { maxConcurrentTasks: 1 },
      }),
      apply(task('job-3'), () => true),
    ],
    isDone: all(isIdle, ...[1, 2, 3].map((number) => isTask(`job-${number}`, 'Completed'))),
  },
  {
    name: 'agent-delete',
    objects: [account, agent({ persistence: { sessions: {} } })],
    people: [remove('Agent', 'coder', isIdle)],
    isDone: all(
      gone('Agent', 'coder'),
      gone('Deployment', 'coder-server'),
      gone('Service', 'coder'),
      gone('PersistentVolumeClaim', 'coder-server-sessions'),
    ),
  },
  {
    name: 'agent-deployment-deleted-by-others',
    objects: [account, agent(), task()],
    people: [remove('Deployment', 'coder-server', isIdle)],
    isDone: all(isIdle, isThere('Deployment', 'coder-server'), isTask('job', 'Completed')),
  },
  {
    name: 'agent-deployment-edited-by-others',
    objects: [account, agent()],
    people: [edit('Deployment', 'coder-server', isIdle, { spec: { replicas: 0 } })],
    isDone: all(isIdle, ({ read }) => read('Deployment', 'coder-server')?.spec?.replicas === 1),
  },
  {
    name: 'agent-foreign-service',
    objects: [account, service('coder'), agent()],
    isDone: all(
      isInvalid('InvalidOwner'),
      ({ read }) => read('Service', 'coder')?.metadata?.ownerReferences === undefined,
    ),
  },
]
