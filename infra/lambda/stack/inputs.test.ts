import { expect, test } from 'vitest'
import { describedCluster } from '../../../test/builders/eks.ts'
import { inputsFrom } from './inputs.ts'

test('takes what EKS says of the cluster, and defaults for the rest', () => {
  expect(inputsFrom(describedCluster())).toMatchObject({
    account: '123456789012',
    region: 'eu-central-1',
    name: 'kubeopencode',
    groups: { webhooks: 'kubeopencode:webhooks', functions: 'kubeopencode:functions' },
    architecture: 'arm64',
  })
})

test('takes variables of the functions and of their collector, and none of AWS', () => {
  const environment = { KUBEOPENCODE_LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  expect(inputsFrom(describedCluster(), { environment }).environment).toEqual(environment)
  expect(() => inputsFrom(describedCluster(), { environment: { AWS_REGION: 'x' } })).toThrow('environment')
})

const faults: { name: string; cluster?: unknown; settings?: unknown; says: string }[] = [
  { name: 'no description', cluster: {}, says: 'aws eks describe-cluster --name NAME --output json' },
  {
    name: 'an endpoint in clear text',
    cluster: describedCluster({ endpoint: 'http://a.example.com' }),
    says: 'cluster.endpoint',
  },
  {
    name: 'an ARN of something else',
    cluster: describedCluster({ arn: 'arn:aws:s3:::x' }),
    says: 'the ARN of an EKS cluster',
  },
  {
    name: 'a cluster without access entries',
    cluster: describedCluster({ accessConfig: { authenticationMode: 'CONFIG_MAP' } }),
    says: 'authenticationMode=API_AND_CONFIG_MAP',
  },
  {
    name: 'a private endpoint and no network',
    cluster: describedCluster({ resourcesVpcConfig: { endpointPublicAccess: false } }),
    says: 'set network.subnetIds and network.securityGroupIds',
  },
  {
    name: 'a group that means everything',
    settings: { groups: { functions: 'system:masters' } },
    says: 'groups.functions',
  },
  { name: 'a setting that is none', settings: { memory: 1 }, says: 'memory' },
  { name: 'a retention that CloudWatch does not know', settings: { logRetentionDays: 2 }, says: 'logRetentionDays' },
]
test.each(faults)('says what is wrong with $name', ({ cluster = describedCluster(), settings, says }) => {
  expect(() => inputsFrom(cluster, settings)).toThrow(says)
})
