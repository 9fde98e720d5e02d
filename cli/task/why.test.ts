import { describe, expect, test } from 'vitest'
import { agent } from '../../test/builders/agent.ts'
import { at, now } from '../../test/builders/time.ts'
import { task } from '../../test/builders/task.ts'
import { whyLines } from './why.ts'

const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: at(-60),
})
const waiting = task()
const queued = (name: string, seconds: number) => ({
  ...waiting,
  metadata: { ...waiting.metadata, name, uid: name, creationTimestamp: at(seconds) },
  status: {
    phase: 'Queued' as const,
    queue: { position: 2, since: at(-180) },
    conditions: [
      condition(
        'Queued',
        'True',
        'AgentAtCapacity',
        'Agent coder runs 1 of 1 Tasks; the end of one makes room; position 2 in the queue',
      ),
    ],
  },
})
const busy = {
  ...agent(),
  metadata: { ...agent().metadata, name: 'coder' },
  status: { activeTasks: [{ name: 'at-work', uid: 'w', startTime: at(-600) }] },
}
const silent = {
  ...agent(),
  metadata: { ...agent().metadata, name: 'coder' },
  status: {
    phase: 'NotReady' as const,
    conditions: [condition('Ready', 'False', 'DeploymentNotReady', 'node a is not heard of')],
  },
}
const withStatus = (status: object, metadata: object = {}) => ({
  ...waiting,
  metadata: { ...waiting.metadata, name: 'fix', creationTimestamp: at(-60), ...metadata },
  status,
})

describe('whyLines', () => {
  const cases = [
    {
      name: 'a place behind others',
      sight: { task: queued('fix', -100), agent: busy, profile: { maxConcurrentTasks: 1 }, others: [queued('fix', -100), queued('later', -50), queued('earlier', -150)] },
      want: ['Task fix waits at place 2, since 3m.', 'AgentAtCapacity: Agent coder runs 1 of 1 Tasks; the end of one makes room', 'Before it: earlier', 'At work there now:', '  at-work, since 10m', 'To make room: kubeoc task stop NAME, or raise maxConcurrentTasks (now 1)'],
    },
    { name: 'what may not be seen is left out', sight: { task: queued('fix', -100) }, want: ['Task fix waits at place 2, since 3m.', 'AgentAtCapacity: Agent coder runs 1 of 1 Tasks; the end of one makes room', 'To make room: kubeoc task stop NAME, or raise maxConcurrentTasks'] },
    { name: 'at work', sight: { task: withStatus({ phase: 'Running', startTime: at(-61) }) }, want: ['Task fix is at work, since 61s. To see it: kubeoc task logs -f fix'] },
    { name: 'at work, and what it asks is not seen', sight: { task: withStatus({ phase: 'Running', startTime: at(-61), conditions: [condition('ApprovalPending', 'Unknown', 'ServerUnreachable', 'the server does not answer')] }) }, want: ['Task fix is at work, since 61s. To see it: kubeoc task logs -f fix', 'ServerUnreachable: the server does not answer'] },
    { name: 'at work, and its Agent does not answer', sight: { task: withStatus({ phase: 'Running', startTime: at(-61) }), agent: silent }, want: ['Task fix is at work, since 61s. To see it: kubeoc task logs -f fix', 'Agent coder does not answer now: node a is not heard of'] },
    { name: 'its agent asks for leave', sight: { task: withStatus({ phase: 'Running', startTime: at(-61), question: { kind: 'Permission', id: 'per_1', text: 'bash: npm publish', since: at(-30), deadline: at(570) } }) }, want: ['Task fix waits for a person, since 30s: its agent asks for leave to use', '  bash: npm publish', `It is denied at ${at(570)} if nobody answers.`, 'To allow it: kubeoc task approve fix --id per_1', 'To refuse it: kubeoc task deny fix --id per_1'] },
    { name: 'a standing leave lets through more than is asked', sight: { task: withStatus({ phase: 'Running', startTime: at(-61), question: { kind: 'Permission', id: 'per_1', text: 'bash: npm publish', always: ['bash: npm *'], since: at(-30), deadline: at(570) } }) }, want: ['Task fix waits for a person, since 30s: its agent asks for leave to use', '  bash: npm publish', `It is denied at ${at(570)} if nobody answers.`, 'To allow it: kubeoc task approve fix --id per_1', 'With --always it may do from then on without asking: bash: npm *', 'To refuse it: kubeoc task deny fix --id per_1'] },
    { name: 'its agent has a question', sight: { task: withStatus({ phase: 'Running', question: { kind: 'Question', id: 'que_1', text: 'Which branch?', since: at(-30) } }) }, want: ['Task fix waits for a person, since 30s: its agent asks a question', '  Which branch?', 'To answer it: kubeoc task reply fix --id que_1 "your answer"', 'To refuse it: kubeoc task deny fix --id que_1'] },
    { name: 'a Pod that does not start', sight: { task: withStatus({ phase: 'Running', startTime: at(-61), conditions: [condition('Ready', 'False', 'PodPending', 'ImagePullBackOff')] }) }, want: ['Task fix has a Pod that does not start, since 61s.', 'PodPending: ImagePullBackOff'] },
    { name: 'what it names is missing', sight: { task: withStatus({ phase: 'Pending', conditions: [condition('Ready', 'False', 'AgentError', 'Agent x does not exist')] }) }, want: ['Task fix cannot begin, since 60s.', 'AgentError: Agent x does not exist'] },
    { name: 'failed before it had a Pod', sight: { task: withStatus({ phase: 'Failed', conditions: [condition('Failed', 'True', 'AgentError', 'no')] }) }, want: ['Task fix has failed.', 'AgentError: no'] },
    { name: 'failed', sight: { task: withStatus({ phase: 'Failed', podName: 'fix-pod', conditions: [condition('Failed', 'True', 'AgentRunFailed', 'no')] }) }, want: ['Task fix has failed.', 'AgentRunFailed: no', 'Its log: kubeoc task logs fix'] },
    { name: 'stopped', sight: { task: withStatus({ phase: 'Completed', conditions: [condition('Stopped', 'True', 'Timeout', 'too long')] }) }, want: ['Task fix was stopped: too long.'] },
    { name: 'done', sight: { task: withStatus({ phase: 'Completed' }) }, want: ['Task fix is done; it waits for nothing.'] },
    { name: 'just made', sight: { task: withStatus({}, { creationTimestamp: at(-1) }) }, want: ['Task fix is about to begin.'] },
    { name: 'nobody looks at it', sight: { task: withStatus({}) }, want: ['Nobody has looked at Task fix yet, since 60s.', 'If that does not change, the controller does not run: kubeoc doctor looks for it'] },
    { name: 'being deleted', sight: { task: withStatus({ phase: 'Running' }, { deletionTimestamp: at(0) }) }, want: ['Task fix is being deleted.'] },
  ] // prettier-ignore
  test.each(cases)('$name', ({ sight, want }) => expect(whyLines(sight as never, now)).toEqual(want))
})
