import type { Row } from './row.ts'
import { agent, refused, taken, task } from './row.ts'

const running = { phase: 'Running', startTime: '2026-01-01T00:00:00Z' }
const before = { agentRef: { name: 'a' }, description: 'do', contexts: [{ text: 'x', type: 'Text' }] }
const tooLate = 'is immutable once the Task has left the queue: create another Task'
const change = (phase: string) => (spec: unknown) => ({
  ...task({ ...before, ...(spec as object) }),
  before: { spec: before, status: { ...running, phase } },
})

const kept = { workspaceDir: '/workspace', serviceAccountName: 'agent', persistence: { sessions: { size: '1Gi' } } }
const claim = (persistence: unknown) => ({ ...agent({ persistence }), before: { spec: kept } })

/** Changes of what is stored. */
export const changeRows: readonly Row[] = [
  ...(['Running', 'Completed', 'Failed'] as const).flatMap((phase) => [
    ...refused(77, 'spec.agentRef', `agentRef ${tooLate}`, change(phase), [{ agentRef: { name: 'b' } }]),
    ...refused(77, 'spec.description', `description ${tooLate}`, change(phase), [{ description: 'another' }]),
    ...refused(77, 'spec.contexts', `contexts ${tooLate}`, change(phase), [{ contexts: [] }]),
  ]),
  ...taken(77, change('Queued'), [{ agentRef: { name: 'b' } }, { description: 'another' }]),
  ...taken(77, change('Running'), [{ timeout: '1h' }]),
  ...refused(77, 'spec.persistence.sessions', 'is immutable, because a volume claim is', claim, [
    { sessions: { size: '2Gi' } },
    { sessions: { size: '1Gi', storageClassName: 'fast' } },
  ]),
  ...taken(77, claim, [{ sessions: { size: '1Gi' }, workspace: { size: '5Gi' } }]),
]
