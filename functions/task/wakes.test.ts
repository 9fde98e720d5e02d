import { describe } from 'vitest'
import { agent, ready, withAgentSpec, withSlots } from '../../test/builders/agent.ts'
import { ended, pod, running } from '../../test/builders/pod.ts'
import { agentTarget } from '../../test/builders/sight.ts'
import { started, stopRequested, task, withCondition, withPhase, withSpec } from '../../test/builders/task.ts'
import {
  abort,
  completed,
  failedBeforeStart,
  removePod,
  starts,
  stopped,
  taskTable,
  turn,
  wake,
} from '../../test/builders/task-table.ts'

describe('who is told', () => {
  const limited = agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('task-uid-1'))
  taskTable([
    {
      name: 'of a waiting Task that is stopped, the Agent that counted it',
      sight: { parent: task(withPhase('Queued'), withCondition('Queued', 'True', 'AgentSuspended'), stopRequested) },
      want: { ...stopped, wake },
    },
    {
      name: 'of one at work that is stopped, the Agent whose slot is free',
      sight: {
        parent: task(started(10), stopRequested),
        target: agentTarget(limited),
        pod: pod(running),
      },
      want: { ...stopped, abort, remove: removePod, turns: turn },
    },
    {
      name: 'of one that has done its work, the Agent for the turn of the next',
      sight: {
        parent: task(started(10)),
        pod: pod(ended(0)),
        target: agentTarget(limited),
      },
      want: { ...completed, turns: turn },
    },
    {
      name: 'of one that fails before its start, the Agent whose slot is free',
      sight: {
        parent: task(
          withSpec({
            contexts: [
              { mountPath: 'a', text: '1', fileMode: 0o644 },
              { mountPath: './a', text: '2', fileMode: 0o644 },
            ],
          }),
        ),
        target: agentTarget(limited),
      },
      want: { ...failedBeforeStart('ContextError'), turns: turn },
      says: ['Ready', 'mount path conflict: two contexts want /workspace/a'],
    },
    {
      name: 'of one that starts, the Task whose turn comes next',
      sight: { target: agentTarget(withSlots('task-uid-1', 'next')(limited)) },
      want: { ...starts, wake: ['Task/default/next'] },
    },
  ])
})
