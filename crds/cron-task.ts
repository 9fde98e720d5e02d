import * as z from 'zod'
import type { Kind } from './kind.ts'
import { age, nameLimit, objectOf } from './kind.ts'
import { Conditions, ObservedGeneration } from './metadata.ts'
import { listMap, matches, matchesNot, withRules } from './rules.ts'
import { Count, StringMap, Timestamp } from './scalars.ts'
import { TaskSpec } from './task.ts'

export const ConcurrencyPolicy = z.enum(['Forbid', 'Allow', 'Replace'])
export type ConcurrencyPolicy = z.infer<typeof ConcurrencyPolicy>

export const CronTaskSpec = z.object({
  schedule: withRules(
    z.string().max(256),
    matches(
      /^[0-9A-Za-z*,/?#-]+([ \t]+[0-9A-Za-z*,/?#-]+){4}$/,
      'must have five fields: minute, hour, day of month, month, day of week, such as 0 9 * * 1-5',
    ),
  ).describe('When to run: minute, hour, day of month, month, day of week.'),
  timeZone: withRules(
    z.string().max(64),
    matches(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/, 'must be the name of an IANA time zone such as Europe/Berlin'),
    matchesNot(
      /^[Ll]ocal$/,
      'must be the name of an IANA time zone such as Europe/Berlin: Local depends on the machine',
    ),
  )
    .default('UTC')
    .describe('IANA time zone the schedule is read in.'),
  concurrencyPolicy: ConcurrencyPolicy.default('Forbid').describe(
    'When the Task before is still running: Forbid skips the new one, Allow runs both, Replace stops the old one first.',
  ),
  suspend: z.boolean().default(false).describe('Whether to make no new Tasks.'),
  startingDeadlineSeconds: z
    .int()
    .min(0)
    .exactOptional()
    .describe('How late a missed run may still start; any time if unset.'),
  maxRetainedTasks: z
    .int32()
    .min(1)
    .default(10)
    .describe('How many child Tasks may exist, finished ones too, before no new one is made.'),
  taskTemplate: z
    .object({
      metadata: z
        .object({
          labels: StringMap.exactOptional().describe('Labels of the Tasks.'),
          annotations: StringMap.exactOptional().describe('Annotations of the Tasks.'),
        })
        .exactOptional()
        .describe('Metadata of the Tasks.'),
      spec: TaskSpec.describe('What the Tasks ask for.'),
    })
    .describe('The Tasks that are made.'),
})
export type CronTaskSpec = z.infer<typeof CronTaskSpec>

export const CronTaskStatus = z.object({
  observedGeneration: ObservedGeneration.exactOptional(),
  active: Count.exactOptional().describe('How many child Tasks are unfinished.'),
  activeRefs: listMap(
    z.array(z.object({ name: z.string().describe('Name of the Task.'), uid: z.string().describe('uid of the Task.') })),
    'uid',
  )
    .exactOptional()
    .describe('Child Tasks that are unfinished.'),
  lastScheduleTime: Timestamp.exactOptional().describe('Scheduled time of the last run that was made.'),
  lastSuccessfulTime: Timestamp.exactOptional().describe(
    'When a child Task last completed; stopped and failed ones do not count.',
  ),
  nextScheduleTime: Timestamp.exactOptional().describe(
    'When the next run is due. Only what was announced here is owed: a run that a new schedule or the end of a suspension finds in the past is not made.',
  ),
  lastTriggerTime: Timestamp.exactOptional().describe('Time in the name of the last Task that was asked for by hand.'),
  totalExecutions: z.int().min(0).exactOptional().describe('How many Tasks were ever made.'),
  conditions: Conditions.exactOptional(),
})
export type CronTaskStatus = z.infer<typeof CronTaskStatus>

export const CronTask = withRules(
  objectOf(
    'CronTask',
    CronTaskSpec.describe('When to make Tasks, and which.'),
    CronTaskStatus.describe('What became of the schedule.'),
  ),
  nameLimit(52, 'the names of its Tasks add 11 characters and may have 63'),
)
export type CronTask = z.infer<typeof CronTask>

export const CronTaskKind = {
  kind: 'CronTask',
  plural: 'crontasks',
  singular: 'crontask',
  shortNames: ['ct'],
  categories: ['kubeopencode', 'all'],
  scope: 'Namespaced',
  description: 'Makes Tasks on a schedule.',
  columns: [
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When Tasks are made.' },
    {
      name: 'TimeZone',
      type: 'string',
      jsonPath: '.spec.timeZone',
      description: 'Time zone of the schedule.',
      wide: true,
    },
    { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', description: 'Whether no Tasks are made.' },
    { name: 'Active', type: 'integer', jsonPath: '.status.active', description: 'Unfinished Tasks.' },
    { name: 'Last Schedule', type: 'date', jsonPath: '.status.lastScheduleTime', description: 'Last run.' },
    {
      name: 'Next Schedule',
      type: 'string',
      jsonPath: '.status.nextScheduleTime',
      description: 'Next run.',
      wide: true,
    },
    age,
  ],
  // What is due is found by these: the apiserver indexes equality, and slots are whole minutes.
  selectableFields: ['.spec.suspend', '.status.nextScheduleTime'],
  object: CronTask,
} as const satisfies Kind
