import type { Agent } from '../../../crds/agent.ts'
import { GROUP } from '../../../crds/names.ts'
import type { Task } from '../../../crds/task.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import type { Kind } from '../../../shared/kubernetes.ts'
import { isControlledBy } from '../../../shared/kubernetes.ts'
import { isSame } from '../../../shared/merge-patch.ts'
import type { Invariant } from './invariant.ts'
import { isOurs } from './invariant.ts'
import { isTerminal } from './pods.ts'

export const finalPhases: Invariant = {
  id: 'I7',
  promise: 'terminal phases are final, and completionTime never changes',
  watch: (_look, report) => ({
    see: ({ ref, before, after }) => {
      if (ref.kind !== 'Task' || !before || !after) return
      const [was, is] = [before as unknown as Task, after as unknown as Task]
      if (was.metadata.uid !== is.metadata.uid || !isTerminal(was)) return
      if (was.status?.phase !== is.status?.phase) report(`went from ${was.status?.phase} to ${is.status?.phase}`, ref)
      if (was.status?.completionTime !== is.status?.completionTime) report('changed its completionTime', ref)
    },
  }),
}

/** The object that a change was made for: the writers sign with the key of their delivery. */
const parentOf = (by: string): { kind: string; name: string } | undefined => {
  const [, kind = '', name = ''] = /: (\w+)\/[^/]*\/(.+)$/.exec(by) ?? []
  return kind === '' ? undefined : { kind, name }
}

export const nothingForeign: Invariant = {
  id: 'I9',
  promise: 'nobody else’s object is overwritten, deleted or adopted',
  watch: (look, report) => ({
    see: (change) => {
      const { ref, before, after } = change
      if (!isOurs(change) || !before) return
      const parent = parentOf(change.by)
      const isParent = ref.kind === parent?.kind && ref.name === parent.name
      if (isParent) {
        if (!after) report('was deleted by its own function', ref)
        return
      }
      // A Task's Agent tells it its place in the queue.
      const isItsAgent =
        parent?.kind === 'Agent' &&
        ref.kind === 'Task' &&
        (before as unknown as Task).spec.agentRef?.name === parent.name
      if (isItsAgent && after && isSame(before['spec'], after['spec'])) return
      // The cleanup takes away what has ended, whoever made it.
      const isCleanup = parent?.kind === 'KubeOpenCodeConfig' && ref.kind === 'Task'
      if (isCleanup && !after && isTerminal(before as unknown as Task)) return
      const owner = before.metadata?.ownerReferences?.find(({ controller }) => controller === true)
      const isOwn =
        owner?.apiVersion.startsWith(`${GROUP}/`) && owner.kind === parent?.kind && owner.name === parent.name
      if (!isOwn) report(`was changed on behalf of ${parent?.kind} ${parent?.name}, to which it does not belong`, ref)
      if (after && !isSame(before.metadata?.ownerReferences, after.metadata?.ownerReferences))
        report('changed hands', ref)
      const living = parent && look.read(parent.kind as Kind, parent.name)
      if (after && living && !isControlledBy(before, living.metadata?.uid))
        report('of an earlier incarnation was written to', ref)
    },
  }),
}

export const nothingLeft: Invariant = {
  id: 'I11',
  promise: 'deleting the parent removes everything it made',
  watch: (look, report) => ({
    end: () => {
      const uids = new Set(look.store.everything().map(({ metadata }) => metadata?.uid))
      for (const { kind, metadata } of look.store.everything())
        for (const { uid, kind: ownerKind, name } of metadata?.ownerReferences ?? [])
          if (!uids.has(uid))
            report(`outlives its ${ownerKind} ${name}`, {
              kind,
              namespace: metadata?.namespace ?? '',
              name: metadata?.name ?? '',
            })
    },
  }),
}

const isTold = (object: Task | Agent, type: string, status: string): boolean => {
  const found = conditionOf(object.status?.conditions, type)
  return found?.status === status && found.reason !== '' && found.message !== ''
}

export const everyFailureTold: Invariant = {
  id: 'I12',
  promise: 'every refusal, failure and wait is visible in a condition, and no condition tells of another state',
  watch: (_look, report) => ({
    see: ({ ref, after }) => {
      if (!after) return
      if (ref.kind === 'Task') {
        const task = after as unknown as Task
        const phase = task.status?.phase
        if (phase === 'Failed' && !isTold(task, 'Failed', 'True')) report('is Failed and no condition says why', ref)
        if (phase === 'Completed' && !isTold(task, 'Complete', 'True') && !isTold(task, 'Stopped', 'True'))
          report('is Completed and no condition says how', ref)
        if ((phase === 'Queued') !== isTold(task, 'Queued', 'True'))
          report(`is ${phase} beside its condition Queued`, ref)
        if (isTerminal(task) && task.status?.completionTime === undefined) report('has ended at no time', ref)
      }
      if (ref.kind === 'Agent') {
        const agent = after as unknown as Agent
        if (agent.status?.phase === 'Invalid' && !isTold(agent, 'Ready', 'False'))
          report('is Invalid and no condition says why', ref)
      }
    },
  }),
}
