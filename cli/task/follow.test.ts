import { expect, test } from 'vitest'
import { started, task, withCondition } from '../../test/builders/task.ts'
import { stateText } from './follow.ts'

test('whoever follows a Task is told that its agent waits for them', () => {
  const message = 'the agent asks for leave to use bash: npm publish. Answer with kubeoc task approve job'
  const asking = task(started(5), withCondition('ApprovalPending', 'True', 'PermissionAsked', { message }))
  expect(stateText(asking)).toBe(`waits for a person: ${message}`)
  const hidden = task(
    started(5),
    withCondition('ApprovalPending', 'Unknown', 'ServerUnreachable', { message: 'not seen' }),
  )
  expect(stateText(hidden)).toBe('is at work, or waits: not seen')
  const answered = task(started(5), withCondition('ApprovalPending', 'False', 'Answered'))
  expect(stateText(answered)).toBe('its Pod starts')
})
