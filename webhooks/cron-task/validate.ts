import { CronTaskKind } from '../../crds/cron-task.ts'
import { parseSchedule } from '../../shared/schedule.ts'
import { contextFaults, contextWarnings, handedOverWarnings } from '../contexts.ts'
import { taskQuestions } from '../task/validate.ts'
import { validate } from '../validate.ts'

export const validateCronTask = validate(CronTaskKind, ({ spec }) => {
  const { agentRef, contexts } = spec.taskTemplate.spec
  const parsed = parseSchedule(spec.schedule, spec.timeZone)
  return {
    faults: [
      ...('problem' in parsed ? [{ field: `spec.${parsed.problem.field}`, message: parsed.problem.message }] : []),
      ...contextFaults('spec.taskTemplate.spec.contexts', contexts),
    ],
    warnings: [
      ...contextWarnings('spec.taskTemplate.spec.contexts', contexts),
      ...(agentRef ? handedOverWarnings('spec.taskTemplate.spec.contexts', contexts) : []),
    ],
    questions: taskQuestions('spec.taskTemplate.spec', spec.taskTemplate.spec),
  }
})
