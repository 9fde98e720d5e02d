import { App } from 'aws-cdk-lib'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describedCluster } from '../../../test/builders/eks.ts'
import { inputsFrom } from './inputs.ts'
import { createStack } from './stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'stack-'))
const code = mkdtempSync(join(folder, 'code-'))
writeFileSync(join(code, 'main.mjs'), '')
afterAll(() => rmSync(folder, { recursive: true }))

type Properties = Readonly<Record<string, unknown>>
interface Resource {
  readonly Type: string
  readonly Properties: Properties
}
interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

const synthesized = (settings: object = {}): Readonly<Record<string, Resource>> => {
  const app = new App({ outdir: mkdtempSync(join(folder, 'out-')), analyticsReporting: false })
  const stack = createStack(app, inputsFrom(describedCluster(), settings), { webhooks: code, functions: code })
  const { template } = app.synth().getStackByName(stack.stackName)
  return (template as { Resources: Record<string, Resource> }).Resources
}

const resources = synthesized()
const ofType = (type: string, among = resources): Properties[] =>
  Object.values(among).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []))
const one = (id: string): Properties => {
  const found = resources[id]
  if (!found) throw new Error(`the stack has no ${id}`)
  return found.Properties
}
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })

const documentsIn = (value: unknown): Statement[] => {
  if (typeof value !== 'object' || value === null) return []
  if ('Statement' in value) return value.Statement as Statement[]
  return Object.values(value).flatMap(documentsIn)
}
/** `action on resource` of everything that a policy allows. */
const allowed = (value: unknown): string[] =>
  documentsIn(value)
    .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource !== undefined)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} on ${JSON.stringify(on)}`)),
    )
const on = (id: string, ...actions: string[]): string[] =>
  actions.map((action) => `${action} on ${JSON.stringify(arnOf(id))}`)

describe('rights in AWS', () => {
  const parameter = JSON.stringify({
    'Fn::Join': [
      '',
      ['arn:', { Ref: 'AWS::Partition' }, ':ssm:eu-central-1:123456789012:parameter/kubeopencode/webhook-secret'],
    ],
  })
  const logs = (id: string) => on(id, 'logs:CreateLogStream', 'logs:PutLogEvents')
  const cases: { role: string; may: string[] }[] = [
    {
      role: 'WebhooksRole',
      may: [...logs('WebhooksLogs'), ...on('Bus', 'events:PutEvents'), `ssm:GetParameter on ${parameter}`],
    },
    {
      role: 'ReconcileRole',
      may: [
        ...logs('ReconcileLogs'),
        ...on('Bus', 'events:PutEvents'),
        ...on(
          'Queue',
          'sqs:SendMessage',
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ),
      ],
    },
    {
      role: 'ScheduleRole',
      may: [...logs('ScheduleLogs'), ...on('Bus', 'events:PutEvents'), ...on('Queue', 'sqs:SendMessage')],
    },
    { role: 'ClockRole', may: on('Schedule', 'lambda:InvokeFunction') },
  ]
  test.each(cases)('$role may do what it needs and nothing else', ({ role, may }) => {
    expect(allowed(one(role)).toSorted()).toEqual(may.toSorted())
    expect(one(role)['ManagedPolicyArns']).toBeUndefined()
  })

  test('nothing is allowed to every action or on every resource, with a network neither', () => {
    for (const among of [
      resources,
      synthesized({ network: { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] } }),
    ]) {
      const all = Object.values(among).flatMap(({ Properties }) => allowed(Properties))
      expect(all.length).toBeGreaterThan(10)
      expect(all.filter((right) => right.includes('*'))).toEqual([])
    }
  })

  test('a queue takes from the rule alone, and nothing in clear text', () => {
    for (const { PolicyDocument } of ofType('AWS::SQS::QueuePolicy')) {
      const statements = documentsIn({ PolicyDocument })
      expect(statements).toMatchObject([
        { Effect: 'Allow', Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': arnOf('Rule') } } },
        { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ])
    }
  })

  test('everybody may call the URL, and by no other way', () => {
    expect(ofType('AWS::Lambda::Permission')).toMatchObject([
      {
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
        FunctionName: { Ref: 'Webhooks' },
      },
      {
        Action: 'lambda:InvokeFunction',
        Principal: '*',
        InvokedViaFunctionUrl: true,
        FunctionName: { Ref: 'Webhooks' },
      },
    ])
  })
})

test('rights in the cluster come from groups of our own; no policy of EKS is attached', () => {
  const entries = ofType('AWS::EKS::AccessEntry')
  expect(entries.map(({ KubernetesGroups, PrincipalArn }) => [PrincipalArn, KubernetesGroups])).toEqual([
    [arnOf('WebhooksRole'), ['kubeopencode:webhooks']],
    [arnOf('ReconcileRole'), ['kubeopencode:functions']],
    [arnOf('ScheduleRole'), ['kubeopencode:functions']],
  ])
  for (const entry of entries) expect(entry['AccessPolicies']).toBeUndefined()
})

describe('the queue', () => {
  test('gives back what failed and nothing else, ten at a time', () => {
    expect(one('QueueToReconcile')).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    })
  })
  test('hides a message for six times as long as its function may take', () => {
    expect(Number(one('Queue')['VisibilityTimeout'])).toBeGreaterThanOrEqual(6 * Number(one('Reconcile')['Timeout']))
  })
  test('has a dead-letter queue that keeps for longer, and both are encrypted', () => {
    expect(one('Queue')['RedrivePolicy']).toMatchObject({ deadLetterTargetArn: arnOf('DeadLetters') })
    expect(Number(one('DeadLetters')['MessageRetentionPeriod'])).toBeGreaterThan(
      Number(one('Queue')['MessageRetentionPeriod']),
    )
    for (const queue of ofType('AWS::SQS::Queue')) expect(queue['SqsManagedSseEnabled']).toBe(true)
  })
  test('is fed with our events alone', () => {
    expect(one('Rule')['EventPattern']).toEqual({
      source: ['kubeopencode.io'],
      'detail-type': ['io.kubeopencode.reconcile'],
    })
  })
})

describe('the functions', () => {
  test('have logs that end', () => {
    expect(ofType('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays)).toEqual([30, 30, 30])
    for (const { LoggingConfig } of ofType('AWS::Lambda::Function'))
      expect(LoggingConfig).toMatchObject({ LogGroup: {} })
  })
  test('are told the name of the secret, not the secret', () => {
    expect(one('Webhooks')['Environment']).toMatchObject({
      Variables: { WEBHOOK_SECRET_PARAMETER: '/kubeopencode/webhook-secret' },
    })
    const text = JSON.stringify(resources)
    expect(text).not.toMatch(/[0-9a-f]{64}(?!\.zip)/)
    expect(text).not.toMatch(/\{\{resolve:|WEBHOOK_SECRET"/)
  })
  test('take the settings', () => {
    const others = synthesized({
      architecture: 'x86_64',
      reservedConcurrency: { webhooks: 20 },
      memoryMb: { webhooks: 1024 },
      network: { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] },
    })
    expect(others['Webhooks']?.Properties).toMatchObject({
      Architectures: ['x86_64'],
      ReservedConcurrentExecutions: 20,
      MemorySize: 1024,
      VpcConfig: { SubnetIds: ['subnet-0123456789abcdef0'], SecurityGroupIds: ['sg-0123456789abcdef0'] },
    })
  })
})

test('a tick each minute, a sweep each five, and neither is tried again', () => {
  const retry = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }
  expect(ofType('AWS::Scheduler::Schedule')).toMatchObject([
    { ScheduleExpression: 'rate(1 minute)', Target: { Input: '{"schedule":"tick"}', RetryPolicy: retry } },
    { ScheduleExpression: 'rate(5 minutes)', Target: { Input: '{"schedule":"sweep"}', RetryPolicy: retry } },
  ])
  expect(one('ScheduleOnce')).toMatchObject(retry)
})

describe('alarms', () => {
  test('are there for everything that no object would tell; silence is well, but for the schedules', () => {
    const of = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    expect(Object.fromEntries(of.map(([id, { Properties }]) => [id, Properties['TreatMissingData']]))).toEqual({
      DeadLettersAlarm: 'notBreaching',
      OldestMessageAlarm: 'notBreaching',
      WebhooksErrorsAlarm: 'notBreaching',
      WebhooksThrottlesAlarm: 'notBreaching',
      WebhooksOutageAlarm: 'notBreaching',
      ReconcileErrorsAlarm: 'notBreaching',
      ReconcileThrottlesAlarm: 'notBreaching',
      ReconcileOutageAlarm: 'notBreaching',
      ScheduleErrorsAlarm: 'notBreaching',
      ScheduleThrottlesAlarm: 'notBreaching',
      ScheduleOutageAlarm: 'notBreaching',
      TickNotRunAlarm: 'breaching',
      SweepNotRunAlarm: 'breaching',
    })
  })
  test('hear of a sweep that is not asked for while ticks are', () => {
    expect(one('SweepNotRunAlarm')).toMatchObject({
      Namespace: 'AWS/Scheduler',
      MetricName: 'InvocationAttemptCount',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: 'Sweeps' } }],
    })
    expect(one('Sweep')['ScheduleExpression']).toBe(`rate(${Number(one('SweepNotRunAlarm')['Period']) / 60} minutes)`)
    expect([one('Sweep')['GroupName'], one('Tick')['GroupName']]).toEqual([{ Ref: 'Sweeps' }, undefined])
  })
  test('are told to the topic, where there is one', () => {
    const topic = 'arn:aws:sns:eu-central-1:123456789012:ops'
    for (const alarm of ofType('AWS::CloudWatch::Alarm', synthesized({ alarmTopicArn: topic })))
      expect(alarm).toMatchObject({ AlarmActions: [topic] })
  })

  test('say that it is over, but those that only hear when it begins', () => {
    const topic = 'arn:aws:sns:eu-central-1:123456789012:ops'
    const alarms = ofType('AWS::CloudWatch::Alarm', synthesized({ alarmTopicArn: topic }))
    const silent = alarms.filter(({ OKActions }) => OKActions === undefined).map(({ AlarmName }) => AlarmName)
    expect(silent).toEqual(
      ['WebhooksOutageAlarm', 'ReconcileOutageAlarm', 'ScheduleOutageAlarm'].map((id) => `kubeopencode-${id}`),
    )
  })
})
