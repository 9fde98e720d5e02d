/**
 * Pepr with the rules of our own webhooks for a Task, as a module of it is written: bundled beside the packages that it is
 * installed with, and run in a process of its own. Its certificate and path come as Pepr's own variables.
 */
import { a, Capability, PeprModule, RegisterKind } from 'pepr'
import { GROUP } from '../../../crds/names.ts'
import { faultText } from '../../../webhooks/findings.ts'
import { mutateTask } from '../../../webhooks/task/mutate.ts'
import { validateTask } from '../../../webhooks/task/validate.ts'

class TaskModel extends a.GenericKind {}
RegisterKind(TaskModel, { group: GROUP, version: 'v1alpha1', kind: 'Task', plural: 'tasks' })

const tasks = new Capability({ name: 'tasks', description: 'What a Task has to be.', namespaces: [] })
tasks
  .When(TaskModel)
  .IsCreatedOrUpdated()
  .Mutate((request) => {
    const { userInfo, oldObject } = request.Request
    request.Merge(mutateTask(request.Raw, { prior: oldObject, user: userInfo.username }) as object)
  })
  .Validate((request) => {
    const { faults, warnings } = validateTask(request.Raw, request.Request.oldObject ?? undefined)
    return faults.length > 0
      ? request.Deny(faults.map(faultText).join('; '), 422, [...warnings])
      : request.Approve([...warnings])
  })

const pepr = { uuid: 'bench', onError: 'reject', webhookTimeout: 5, alwaysIgnore: { namespaces: [] } }
new PeprModule({ description: 'The rules of a Task.', pepr }, [tasks], { deferStart: true }).start(
  Number(process.env['PORT']),
)
