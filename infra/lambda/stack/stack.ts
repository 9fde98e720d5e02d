import type { App } from 'aws-cdk-lib'
import { CfnOutput, Stack } from 'aws-cdk-lib'
import { CfnEventInvokeConfig, CfnEventSourceMapping, CfnPermission, CfnUrl } from 'aws-cdk-lib/aws-lambda'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { createAlarms } from './alarms.ts'
import { allow, createFunction, roleFor } from './function.ts'
import { createHints, reconcileTimeoutSeconds } from './hints.ts'
import type { Inputs } from './inputs.ts'

/** Folders with the bundles of `npm run bundle`. */
export interface Code {
  readonly webhooks: string
  readonly functions: string
}

/** The longest the apiserver waits for a hook is less. */
const webhooksTimeoutSeconds = 10
/** A sweep of many thousand objects; the next one begins five minutes later. */
const scheduleTimeoutSeconds = 240

/** Everything that one cluster needs in AWS: docs/aws.md says how it is deployed. */
export const createStack = (app: App, inputs: Inputs, code: Code): Stack => {
  const { name, account, region, groups, reservedConcurrency } = inputs
  const stack = new Stack(app, name, {
    env: { account, region },
    description: `KubeOpenCode for the EKS cluster ${inputs.cluster.name}`,
  })
  const { bus, queue, deadLetters } = createHints(stack, name)
  // CloudFormation makes no SecureString, and would have to be told the secret.
  const parameter = `arn:${stack.partition}:ssm:${region}:${account}:parameter${inputs.webhookSecretParameter}`
  const bundles = {
    webhooks: new Asset(stack, 'WebhooksCode', { path: code.webhooks }),
    functions: new Asset(stack, 'FunctionsCode', { path: code.functions }),
  }

  const putEvents = allow(bus.attrArn, 'events:PutEvents')
  const sendLater = allow(queue.attrArn, 'sqs:SendMessage')

  const webhooks = createFunction(stack, inputs, {
    id: 'webhooks',
    description: 'Defaults and validates what is written to the cluster, and tells the bus of it.',
    handler: 'main.webhooks',
    code: bundles.webhooks,
    timeoutSeconds: webhooksTimeoutSeconds,
    reservedConcurrency: reservedConcurrency.webhooks,
    group: groups.webhooks,
    may: [putEvents, allow(parameter, 'ssm:GetParameter')],
    environment: { EVENT_BUS: bus.ref, WEBHOOK_SECRET_PARAMETER: inputs.webhookSecretParameter },
  })
  const reconcile = createFunction(stack, inputs, {
    id: 'reconcile',
    description: 'Looks at the objects that hints name.',
    handler: 'main.reconcile',
    code: bundles.functions,
    timeoutSeconds: reconcileTimeoutSeconds,
    reservedConcurrency: reservedConcurrency.reconcile,
    group: groups.functions,
    may: [
      putEvents,
      sendLater,
      allow(
        queue.attrArn,
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ChangeMessageVisibility',
      ),
    ],
    environment: { EVENT_BUS: bus.ref, QUEUE_URL: queue.ref },
  })
  const schedule = createFunction(stack, inputs, {
    id: 'schedule',
    description: 'Asks for what is due, and every five minutes for everything.',
    handler: 'main.schedule',
    code: bundles.functions,
    timeoutSeconds: scheduleTimeoutSeconds,
    reservedConcurrency: undefined,
    group: groups.functions,
    may: [putEvents, sendLater],
    environment: { EVENT_BUS: bus.ref, QUEUE_URL: queue.ref },
  })

  const url = new CfnUrl(stack, 'Url', { targetFunctionArn: webhooks.lambda.attrArn, authType: 'NONE' })
  // Since October 2025 a public URL takes both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
  new CfnPermission(stack, 'UrlMayBeCalled', {
    functionName: webhooks.lambda.ref,
    action: 'lambda:InvokeFunctionUrl',
    principal: '*',
    functionUrlAuthType: 'NONE',
  })
  new CfnPermission(stack, 'UrlMayInvoke', {
    functionName: webhooks.lambda.ref,
    action: 'lambda:InvokeFunction',
    principal: '*',
    invokedViaFunctionUrl: true,
  })

  new CfnEventSourceMapping(stack, 'QueueToReconcile', {
    eventSourceArn: queue.attrArn,
    functionName: reconcile.lambda.ref,
    batchSize: 10,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: inputs.reconcileConcurrency },
  }).addResourceDependency(reconcile.role)

  // What was missed is asked for by the next one, so nothing is tried again.
  new CfnEventInvokeConfig(stack, 'ScheduleOnce', {
    functionName: schedule.lambda.ref,
    qualifier: '$LATEST',
    maximumRetryAttempts: 0,
    maximumEventAgeInSeconds: 60,
  })
  const clock = roleFor(stack, 'ClockRole', 'scheduler.amazonaws.com', [
    allow(schedule.lambda.attrArn, 'lambda:InvokeFunction'),
  ])
  // A group is what the Scheduler counts calls by.
  const sweeps = new CfnScheduleGroup(stack, 'Sweeps', { name: `${name}-sweep` })
  for (const [id, expression, input, group] of [
    ['Tick', 'rate(1 minute)', 'tick', undefined],
    ['Sweep', 'rate(5 minutes)', 'sweep', sweeps],
  ] as const)
    new CfnSchedule(stack, id, {
      name: `${name}-${input}`,
      ...(group && { groupName: group.ref }),
      scheduleExpression: expression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: schedule.lambda.attrArn,
        roleArn: clock.attrArn,
        input: JSON.stringify({ schedule: input }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    })

  createAlarms(stack, inputs, { bus, queue, deadLetters, sweeps, functions: [webhooks, reconcile, schedule] })

  new CfnOutput(stack, 'WebhookUrl', { value: url.attrFunctionUrl })
  return stack
}
