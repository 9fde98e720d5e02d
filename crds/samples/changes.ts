import type { KindName } from '../kinds.ts'
import type { Json } from './full.ts'
import { object } from './full.ts'

/** A change of a stored object: `patch` is a merge patch; `message` says that it is refused, and how. */
export type Change = {
  readonly name: string
  readonly kind: KindName
  readonly spec: Json
  readonly status?: Json
  readonly patch: Json
  readonly message?: string
}

const agent = { workspaceDir: '/w', serviceAccountName: 'a' }
const persistence = { sessions: { size: '1Gi' }, workspace: { size: '10Gi' } }
const task = { agentRef: { name: 'a' }, description: 'x', contexts: [{ name: 'c', type: 'Text', text: 'x' }] }
const template = { templateRef: { name: 't' }, description: 'x' }

const volumeMessage = 'is immutable, because a volume claim is: delete and create the Agent to change it'
const lost = (field: string) =>
  `${field} cannot be taken away, because its data would be lost: delete and create the Agent without it`
const fixed = (field: string) => `${field} is immutable once the Task has left the queue: create another Task`

const phases = { early: ['', 'Pending', 'Queued'], late: ['Running', 'Completed', 'Failed'] } as const

const taskChanges: readonly { readonly field: string; readonly spec: Json; readonly patch: Json }[] = [
  { field: 'description', spec: task, patch: { description: 'y' } },
  { field: 'description', spec: task, patch: { description: null } },
  { field: 'agentRef', spec: task, patch: { agentRef: { name: 'b' } } },
  { field: 'agentRef', spec: task, patch: { agentRef: null, templateRef: { name: 't' } } },
  { field: 'templateRef', spec: template, patch: { templateRef: { name: 'u' } } },
  { field: 'contexts', spec: task, patch: { contexts: [] } },
  { field: 'contexts', spec: template, patch: { contexts: [{ type: 'Text', text: 'x' }] } },
]

/** What may change, and when. */
export const changes: readonly Change[] = [
  ...taskChanges.flatMap(({ field, spec, patch }) => [
    ...phases.early.map((phase) => ({
      name: `${field} may change while ${phase || 'new'}: ${JSON.stringify(patch)}`,
      kind: 'Task' as const,
      spec,
      ...(phase && { status: { phase } }),
      patch: { spec: patch },
    })),
    ...phases.late.map((phase) => ({
      name: `${field} may not change while ${phase}: ${JSON.stringify(patch)}`,
      kind: 'Task' as const,
      spec,
      status: { phase },
      patch: { spec: patch },
      message: fixed(field),
    })),
  ]),
  {
    name: 'timeout of a running Task',
    kind: 'Task',
    spec: task,
    status: { phase: 'Running' },
    patch: { spec: { timeout: '1h' } },
  },
  {
    name: 'labels of a running Task',
    kind: 'Task',
    spec: task,
    status: { phase: 'Running' },
    patch: { metadata: { labels: { a: 'b' } } },
  },
  ...(['sessions', 'workspace'] as const).flatMap((field): Change[] => [
    {
      name: `size of ${field}`,
      kind: 'Agent',
      spec: { ...agent, persistence },
      patch: { spec: { persistence: { [field]: { size: '5Gi' } } } },
      message: volumeMessage,
    },
    {
      name: `storageClassName of ${field}`,
      kind: 'Agent',
      spec: { ...agent, persistence },
      patch: { spec: { persistence: { [field]: { storageClassName: 'fast' } } } },
      message: volumeMessage,
    },
    {
      name: `taking ${field} away`,
      kind: 'Agent',
      spec: { ...agent, persistence },
      patch: { spec: { persistence: { [field]: null } } },
      message: lost(field),
    },
  ]),
  {
    name: 'taking persistence away',
    kind: 'Agent',
    spec: { ...agent, persistence },
    patch: { spec: { persistence: null } },
    message: lost('persistence'),
  },
  { name: 'adding persistence', kind: 'Agent', spec: agent, patch: { spec: { persistence } } },
  { name: 'suspending', kind: 'Agent', spec: { ...agent, persistence }, patch: { spec: { suspend: true } } },
]

export const before = ({ kind, spec }: Change, name: string): Json => object(kind, name, spec)
