import type { Stack } from 'aws-cdk-lib'
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnMetricFilter } from 'aws-cdk-lib/aws-logs'
import type { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { outageText } from '../../outage.ts'
import type { MadeFunction } from './function.ts'
import { capital } from './function.ts'
import type { Hints } from './hints.ts'
import type { Inputs } from './inputs.ts'

interface Row {
  readonly id: string
  /** What it means, and what to do. */
  readonly says: string
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: 'Sum' | 'Maximum'
  readonly is: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold'
  readonly threshold: number
  readonly periodSeconds: number
  readonly periods: number
  /** Whether silence is well: a queue without messages and a function that is not called measure nothing. */
  readonly missing: 'notBreaching' | 'breaching'
  /** What it counts is said when it begins, so that it being quiet again does not say that it is over. */
  readonly isSilentWhenOver?: true
}

/** SQS may hold a message back for a quarter of an hour because we asked for that; a tenth of an hour more is too late. */
const oldestSeconds = 900 + 360

/** What alarms look at. */
export interface Watched extends Hints {
  readonly functions: readonly MadeFunction[]
  /** Group with the schedule of the sweep, and no other. */
  readonly sweeps: CfnScheduleGroup
}

/** One alarm for each way in which the installation can be unwell without an object that says so. */
export const createAlarms = (
  stack: Stack,
  { name, alarmTopicArn }: Inputs,
  { queue, deadLetters, functions, sweeps }: Watched,
): void => {
  const ofQueue = (of: typeof queue) => ({ namespace: 'AWS/SQS', dimensions: { QueueName: of.attrQueueName } })
  const ofFunction = ({ lambda }: MadeFunction) => ({
    namespace: 'AWS/Lambda',
    dimensions: { FunctionName: lambda.ref },
  })
  const fiveMinutes = { statistic: 'Sum', periodSeconds: 300 } as const
  const atLeastOne = { is: 'GreaterThanOrEqualToThreshold', threshold: 1, missing: 'notBreaching' } as const

  const rows: Row[] = [
    {
      id: 'DeadLettersAlarm',
      says: 'A hint could not be served in half an hour. Nothing is lost: the sweep asks for its object again. The log of the reconcile function says why.',
      ...ofQueue(deadLetters),
      ...atLeastOne,
      metricName: 'ApproximateNumberOfMessagesVisible',
      statistic: 'Maximum',
      periodSeconds: 300,
      periods: 1,
    },
    {
      id: 'OldestMessageAlarm',
      says: 'Hints wait for longer than they asked to: the reconcile function is too slow, throttled or failing.',
      ...ofQueue(queue),
      metricName: 'ApproximateAgeOfOldestMessage',
      statistic: 'Maximum',
      is: 'GreaterThanOrEqualToThreshold',
      threshold: oldestSeconds,
      periodSeconds: 300,
      periods: 1,
      missing: 'notBreaching',
    },
    ...functions.flatMap((made): Row[] => [
      {
        id: `${capital(made.id)}ErrorsAlarm`,
        says: `The ${made.id} function failed; its log says why.`,
        ...ofFunction(made),
        ...fiveMinutes,
        ...atLeastOne,
        metricName: 'Errors',
        periods: 1,
      },
      {
        id: `${capital(made.id)}ThrottlesAlarm`,
        says: `The ${made.id} function was called more often at once than it may run: raise its reserved concurrency, or the limit of the account.`,
        ...ofFunction(made),
        ...fiveMinutes,
        ...atLeastOne,
        metricName: 'Throttles',
        periods: 1,
      },
    ]),
    ...functions
      .filter(({ id }) => id === 'schedule')
      .map((made): Row => ({
        id: 'TickNotRunAlarm',
        says: 'The schedule does not call its function: CronTasks, timeouts and standby wait. Look whether its two schedules are enabled, and at their role.',
        ...ofFunction(made),
        ...fiveMinutes,
        metricName: 'Invocations',
        // Five ticks and a sweep, of which the edges of a period may take one or two.
        is: 'LessThanThreshold',
        threshold: 3,
        periods: 2,
        missing: 'breaching',
      })),
    {
      id: 'SweepNotRunAlarm',
      says: 'The schedule does not ask for the sweep: what no event told is not made good. Look whether its schedule is enabled.',
      namespace: 'AWS/Scheduler',
      dimensions: { ScheduleGroup: sweeps.ref },
      ...fiveMinutes,
      metricName: 'InvocationAttemptCount',
      is: 'LessThanThreshold',
      threshold: 1,
      // One for each period, of which the edges may take one, and the metric is allowed to miss one.
      periods: 3,
      missing: 'breaching',
    },
  ]

  for (const { id, logs } of functions) {
    const metricName = `${name}-${id}-outages`
    // Said once when an outage begins, and again by each instance that begins in it.
    new CfnMetricFilter(stack, `${capital(id)}Outages`, {
      logGroupName: logs.ref,
      filterPattern: `"${outageText.begins}"`,
      metricTransformations: [{ metricNamespace: 'KubeOpenCode', metricName, metricValue: '1' }],
    })
    rows.push({
      id: `${capital(id)}OutageAlarm`,
      says: `The ${id} function cannot work with the apiserver; the line in its log says why, and another one when it is over. Nothing is lost meanwhile.`,
      isSilentWhenOver: true,
      namespace: 'KubeOpenCode',
      dimensions: {},
      ...fiveMinutes,
      ...atLeastOne,
      metricName,
      periods: 1,
    })
  }

  for (const row of rows)
    new CfnAlarm(stack, row.id, {
      alarmName: `${name}-${row.id}`,
      alarmDescription: row.says,
      namespace: row.namespace,
      metricName: row.metricName,
      dimensions: Object.entries(row.dimensions).map(([dimension, value]) => ({ name: dimension, value })),
      statistic: row.statistic,
      comparisonOperator: row.is,
      threshold: row.threshold,
      period: row.periodSeconds,
      evaluationPeriods: row.periods,
      treatMissingData: row.missing,
      ...(alarmTopicArn !== undefined && {
        alarmActions: [alarmTopicArn],
        ...(row.isSilentWhenOver !== true && { okActions: [alarmTopicArn] }),
      }),
    })
}
