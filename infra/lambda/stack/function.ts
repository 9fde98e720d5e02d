import type { Stack } from 'aws-cdk-lib'
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks'
import { CfnRole } from 'aws-cdk-lib/aws-iam'
import { CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import type { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Inputs } from './inputs.ts'

export interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: string
}

export const allow = (resource: string, ...actions: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
})

export interface FunctionOptions {
  readonly id: 'webhooks' | 'reconcile' | 'schedule'
  readonly description: string
  /** Exported by the bundle that `code` is. */
  readonly handler: string
  readonly code: Asset
  readonly timeoutSeconds: number
  readonly reservedConcurrency: number | undefined
  /** Group of Kubernetes, whose rights it has in the cluster. */
  readonly group: string
  /** All it may do in AWS beside writing its log. */
  readonly may: readonly Statement[]
  readonly environment: Readonly<Record<string, string>>
}

export interface MadeFunction {
  readonly id: FunctionOptions['id']
  readonly lambda: CfnFunction
  readonly logs: CfnLogGroup
  readonly role: CfnRole
}

const trusts = (service: string): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
})

/** A role that `service` takes on, with what it may do written out: none of AWS's own policies, which allow more. */
export const roleFor = (
  stack: Stack,
  id: string,
  service: string,
  statements: readonly Statement[],
  managedPolicyArns?: string[],
): CfnRole =>
  new CfnRole(stack, id, {
    assumeRolePolicyDocument: trusts(service),
    policies: [{ policyName: 'needed', policyDocument: { Version: '2012-10-17', Statement: statements } }],
    ...(managedPolicyArns && { managedPolicyArns }),
  })

/** As names of resources in the stack begin. */
export const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`

/** One function, with a log group and a role of its own, and a user of the cluster through an access entry. */
export const createFunction = (stack: Stack, inputs: Inputs, options: FunctionOptions): MadeFunction => {
  const { id, code, may, group, environment } = options
  const { name, cluster, network } = inputs
  const functionName = `${name}-${id}`
  const logs = new CfnLogGroup(stack, `${capital(id)}Logs`, {
    logGroupName: `/aws/lambda/${functionName}`,
    retentionInDays: inputs.logRetentionDays,
  })
  const role = roleFor(
    stack,
    `${capital(id)}Role`,
    'lambda.amazonaws.com',
    // The ARN of a log group names its streams too.
    [allow(logs.attrArn, 'logs:CreateLogStream', 'logs:PutLogEvents'), ...may],
    // EC2 ties the right to a network interface to no name; this is the least that AWS offers for it.
    network && [`arn:${stack.partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess`],
  )
  const lambda = new CfnFunction(stack, capital(id), {
    functionName,
    description: options.description,
    runtime: Runtime.NODEJS_24_X.name,
    architectures: [inputs.architecture],
    handler: options.handler,
    code: { s3Bucket: code.s3BucketName, s3Key: code.s3ObjectKey },
    role: role.attrArn,
    timeout: options.timeoutSeconds,
    memorySize: inputs.memoryMb[id],
    loggingConfig: { logFormat: 'Text', logGroup: logs.ref },
    environment: {
      variables: {
        ...inputs.environment,
        KUBEOPENCODE_NAMESPACE: inputs.namespace,
        KUBEOPENCODE_LOG_LEVEL: inputs.logLevel,
        EKS_CLUSTER: cluster.name,
        EKS_ENDPOINT: cluster.endpoint,
        EKS_CA: cluster.certificateAuthority,
        ...environment,
      },
    },
    ...(options.reservedConcurrency !== undefined && { reservedConcurrentExecutions: options.reservedConcurrency }),
    ...(network && { vpcConfig: { subnetIds: network.subnetIds, securityGroupIds: network.securityGroupIds } }),
  })
  new CfnAccessEntry(stack, `${capital(id)}Access`, {
    clusterName: cluster.name,
    principalArn: role.attrArn,
    kubernetesGroups: [group],
    type: 'STANDARD',
  })
  return { id, lambda, logs, role }
}
