/** An AWS on loopback, and the apiserver of its EKS. */
interface PlayedCloud {
  readonly aws: string
  readonly apiserver: string
  /** PEM of who signs the apiserver's certificate, where it has one. */
  readonly ca?: string
}

/** What the SDK itself reads. */
export const sdkVariables = (aws: string) => ({
  AWS_ENDPOINT_URL: aws,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
})

/** What the webhooks' function is given. */
export const webhookVariables = ({ apiserver, ca = 'in clear text' }: Omit<PlayedCloud, 'aws'>) => ({
  AWS_REGION: 'eu-central-1',
  WEBHOOK_SECRET_PARAMETER: '/kubeopencode/webhook-secret',
  EKS_CLUSTER: 'test',
  EKS_ENDPOINT: apiserver,
  EKS_CA: btoa(ca),
  EVENT_BUS: 'kubeopencode',
})

/** What the others are given as well. */
export const functionVariables = ({ aws, ...eks }: PlayedCloud) => ({
  ...webhookVariables(eks),
  QUEUE_URL: `${aws}/123456789012/kubeopencode`,
})
