import { CfnEventBus, CfnRule } from 'aws-cdk-lib/aws-events'
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { hintType } from '../../bus/cloud-event.ts'
import { eventSource } from '../../bus/event-bridge.ts'

/** Of the function that reads the queue, in seconds. */
export const reconcileTimeoutSeconds = 30

/** AWS asks for six times the function's own time, so that a message that waits for a place is not given out twice. */
const visibilityTimeoutSeconds = 6 * reconcileTimeoutSeconds

/**
 * Half an hour before it is said that something is wrong with an object, which is tried again after 2, 4, 8, … and then 180
 * seconds; the sweep asks for it again all the same.
 */
const mostReceives = 16

const days = (count: number): number => count * 24 * 3600

export interface Hints {
  readonly bus: CfnEventBus
  readonly queue: CfnQueue
  readonly deadLetters: CfnQueue
}

/** The bus, the queue that its one rule feeds, and where messages end that nobody could serve. */
export const createHints = (scope: Construct, name: string): Hints => {
  const bus = new CfnEventBus(scope, 'Bus', { name, description: 'Which objects of KubeOpenCode should be looked at.' })
  const deadLetters = new CfnQueue(scope, 'DeadLetters', {
    queueName: `${name}-dead-letters`,
    sqsManagedSseEnabled: true,
    // Counted from when a message was first sent, so longer than the queue keeps it.
    messageRetentionPeriod: days(14),
  })
  const queue = new CfnQueue(scope, 'Queue', {
    queueName: name,
    sqsManagedSseEnabled: true,
    visibilityTimeout: visibilityTimeoutSeconds,
    // What is older was asked for again by hundreds of sweeps.
    messageRetentionPeriod: days(1),
    redrivePolicy: { deadLetterTargetArn: deadLetters.attrArn, maxReceiveCount: mostReceives },
  })
  const rule = new CfnRule(scope, 'Rule', {
    eventBusName: bus.ref,
    description: 'Hints for now go to the function that looks.',
    eventPattern: { source: [eventSource], 'detail-type': [hintType] },
    targets: [{ id: 'queue', arn: queue.attrArn, deadLetterConfig: { arn: deadLetters.attrArn } }],
  })
  for (const [id, to] of [
    ['QueuePolicy', queue],
    ['DeadLettersPolicy', deadLetters],
  ] as const)
    new CfnQueuePolicy(scope, id, {
      queues: [to.ref],
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: to.attrArn,
            Condition: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
          },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: to.attrArn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    })
  return { bus, queue, deadLetters }
}
