import type { Plural } from '../api/types.ts'
import type { Field } from './fields.ts'

export interface Form {
  readonly kind: string
  readonly title: string
  /** What it is, for who makes the first one. */
  readonly says: string
  readonly fields: readonly Field[]
}

const name = (help: string): Field => ({ path: 'metadata.name', label: 'Name', type: 'line', help, isNeeded: true })

const agentFields: readonly Field[] = [
  {
    path: 'spec.workspaceDir',
    label: 'Workspace',
    type: 'line',
    isNeededWithout: 'spec.templateRef.name',
    help: 'Absolute path in its container. Leave it empty to take that of the template.',
    placeholder: '/workspace',
  },
  {
    path: 'spec.serviceAccountName',
    label: 'ServiceAccount',
    type: 'line',
    isNeededWithout: 'spec.templateRef.name',
    help: 'The account its Pods run as. Leave it empty to take that of the template.',
    placeholder: 'default',
  },
]

/** What is asked for each kind; the rest of its fields is a matter of its YAML. */
export const forms: Readonly<Record<Plural, Form>> = {
  tasks: {
    kind: 'Task',
    title: 'New Task',
    says: 'One piece of work for an agent. It runs once and keeps its result.',
    fields: [
      {
        path: 'spec',
        label: 'Who does it',
        type: 'who',
        help: 'An Agent is there already; from a template a Pod is made for this Task alone.',
        isNeeded: true,
      },
      {
        path: 'spec.description',
        label: 'What is to be done',
        type: 'area',
        help: 'The prompt, exactly as the agent gets it.',
        placeholder: 'Run the tests, and repair what fails.',
        isNeeded: true,
      },
      name('Names its Pod and its log too.'),
      {
        path: 'spec.timeout',
        label: 'Timeout',
        type: 'line',
        help: 'Counted from its start, such as 30m or 2h. Without one it may run as long as it likes.',
        placeholder: 'none',
      },
      { path: 'spec.contexts', label: 'Contexts', type: 'contexts' },
    ],
  },
  agents: {
    kind: 'Agent',
    title: 'New Agent',
    says: 'An OpenCode server that is always there, with its workspace and its credentials.',
    fields: [
      {
        path: 'spec.templateRef.name',
        label: 'Template',
        type: 'template',
        help: 'What the template says holds wherever the Agent says nothing itself.',
      },
      name('Names its Service and its Pods too.'),
      {
        path: 'spec.profile',
        label: 'Profile',
        type: 'line',
        help: 'What it is for, in a few words; shown in lists.',
        placeholder: 'Writes and repairs code',
      },
      ...agentFields,
      {
        path: 'spec.maxConcurrentTasks',
        label: 'Tasks at once',
        type: 'number',
        help: 'More wait in its queue. Without a limit all start at once.',
        placeholder: 'no limit',
      },
      {
        path: 'spec.standby.idleTimeout',
        label: 'Standby after',
        type: 'line',
        help: 'So long without a Task and it sleeps until the next, such as 30m.',
        placeholder: 'never',
      },
    ],
  },
  crontasks: {
    kind: 'CronTask',
    title: 'New CronTask',
    says: 'Makes Tasks on a schedule.',
    fields: [
      {
        path: 'spec.schedule',
        label: 'Schedule',
        type: 'schedule',
        help: 'Five fields: minute, hour, day of the month, month, day of the week.',
        placeholder: '0 3 * * 1-5',
        isNeeded: true,
      },
      { path: 'spec.timeZone', label: 'Time zone', type: 'zone', placeholder: 'UTC' },
      { path: 'spec.taskTemplate.spec', label: 'Who does it', type: 'who', isNeeded: true },
      {
        path: 'spec.taskTemplate.spec.description',
        label: 'What is to be done',
        type: 'area',
        placeholder: 'Update the dependencies and run the tests.',
        isNeeded: true,
      },
      name('Its Tasks begin with it.'),
      {
        path: 'spec.concurrencyPolicy',
        label: 'While one is at work',
        type: 'choice',
        options: ['Forbid', 'Allow', 'Replace'],
        help: 'Forbid skips a run, Allow starts another one beside it, Replace stops the one at work.',
      },
      {
        path: 'spec.taskTemplate.spec.timeout',
        label: 'Timeout of a Task',
        type: 'line',
        placeholder: 'none',
      },
    ],
  },
  agenttemplates: {
    kind: 'AgentTemplate',
    title: 'New Agent template',
    says: 'What several Agents have in common; a Task can run from it without an Agent, too.',
    fields: [
      name('Agents refer to it by this name.'),
      {
        path: 'spec.workspaceDir',
        label: 'Workspace',
        type: 'line',
        help: 'Absolute path in the containers.',
        placeholder: '/workspace',
        isNeeded: true,
      },
      {
        path: 'spec.serviceAccountName',
        label: 'ServiceAccount',
        type: 'line',
        help: 'The account the Pods run as.',
        placeholder: 'default',
        isNeeded: true,
      },
      {
        path: 'spec.maxConcurrentTasks',
        label: 'Tasks at once',
        type: 'number',
        help: 'Of each Agent; more wait in its queue.',
        placeholder: 'no limit',
      },
    ],
  },
}

export type ContextType = 'Text' | 'ConfigMap' | 'Git' | 'URL' | 'Runtime'

/** What each type of context asks for, below its own path. */
export const contextFields: Readonly<Record<ContextType, readonly Field[]>> = {
  Text: [
    { path: 'text', label: 'Text', type: 'area', isNeeded: true },
    { path: 'mountPath', label: 'File', type: 'line', placeholder: 'in the instructions' },
  ],
  ConfigMap: [
    { path: 'configMap.name', label: 'ConfigMap', type: 'line', isNeeded: true },
    { path: 'configMap.key', label: 'Key', type: 'line', placeholder: 'all of them' },
    { path: 'mountPath', label: 'File or folder', type: 'line', placeholder: 'in the instructions' },
  ],
  Git: [
    { path: 'git.repository', label: 'Repository', type: 'line', isNeeded: true, placeholder: 'https://…' },
    { path: 'git.ref', label: 'Branch, tag or commit', type: 'line', placeholder: 'HEAD' },
    { path: 'mountPath', label: 'Folder', type: 'line', isNeeded: true },
  ],
  URL: [
    { path: 'url.source', label: 'Address', type: 'line', isNeeded: true, placeholder: 'https://…' },
    { path: 'mountPath', label: 'File', type: 'line' },
  ],
  Runtime: [],
}
