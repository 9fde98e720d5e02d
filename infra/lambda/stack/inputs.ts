import * as z from 'zod'

/** What is read of the answer to `aws eks describe-cluster`. */
const Described = z.object({
  cluster: z.object({
    name: z.string().min(1),
    arn: z.string(),
    endpoint: z.url({ protocol: /^https$/ }),
    certificateAuthority: z.object({ data: z.base64().min(1) }),
    resourcesVpcConfig: z.object({ endpointPublicAccess: z.boolean() }),
    accessConfig: z.object({ authenticationMode: z.string() }).optional(),
  }),
})

const MemoryMb = z.int().min(128).max(10_240)
const Concurrency = z.int().min(1)
const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653] as const

/** Groups of RBAC that are built in mean more than we ask for. */
const Group = z
  .string()
  .regex(/^[a-z][-a-z0-9:]*$/)
  .refine((name) => !/^(system|eks|aws|amazon|iam):/.test(name), { error: 'must not begin as groups of others do' })

/** What one may set; a `settings.json` says only what is to be different. */
export const Settings = z.strictObject({
  /** Of the stack, and the beginning of the names in it. */
  name: z
    .string()
    .regex(/^[a-z][-a-z0-9]{0,31}$/)
    .default('kubeopencode'),
  namespace: z.string().default('kubeopencode-system'),
  /** Groups of Kubernetes: of the function at the public URL, which may read a little, and of those that do the work. */
  groups: z
    .strictObject({
      webhooks: Group.default('kubeopencode:webhooks'),
      functions: Group.default('kubeopencode:functions'),
    })
    .prefault({}),
  /** SecureString of Systems Manager with the secret, which the function reads when it starts. */
  webhookSecretParameter: z
    .string()
    .regex(/^(\/[-.\w]+)+$/)
    .default('/kubeopencode/webhook-secret'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  memoryMb: z
    .strictObject({
      webhooks: MemoryMb.default(512),
      reconcile: MemoryMb.default(512),
      schedule: MemoryMb.default(512),
    })
    .prefault({}),
  /** Instances of the reconcile function at once; SQS knows no fewer than two. */
  reconcileConcurrency: z.int().min(2).max(1000).default(10),
  /** Kept for a function, and the most it may have. Left out: it takes of what the account has. */
  reservedConcurrency: z
    .strictObject({ webhooks: Concurrency.optional(), reconcile: Concurrency.optional() })
    .prefault({}),
  logRetentionDays: z.literal(logRetentionDays).default(30),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Where the apiserver has a private endpoint alone: from where it is reached. */
  network: z
    .strictObject({
      subnetIds: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(1),
      securityGroupIds: z.array(z.string().regex(/^sg-[0-9a-f]+$/)).min(1),
    })
    .optional(),
  /** SNS topic that alarms are told to. */
  alarmTopicArn: z
    .string()
    .regex(/^arn:[-a-z]+:sns:[-a-z0-9]+:\d{12}:[-\w]+$/)
    .optional(),
  /** More variables of the functions, those of the container: KUBEOPENCODE_SYSTEM_IMAGE, OTEL_EXPORTER_OTLP_ENDPOINT and such. */
  environment: z.record(z.string().regex(/^(KUBEOPENCODE|OTEL)_[A-Z_]+$/), z.string()).default({}),
})
export type Settings = z.infer<typeof Settings>

export interface Inputs extends Settings {
  readonly account: string
  readonly region: string
  readonly cluster: { readonly name: string; readonly endpoint: string; readonly certificateAuthority: string }
}

const read = <T extends z.ZodType>(schema: T, value: unknown, file: string): z.infer<T> => {
  const { data, error } = schema.safeParse(value)
  if (!error) return data
  const faults = error.issues.map(
    ({ path, message }) => `${path.length > 0 ? path.join('.') : 'the whole'}: ${message}`,
  )
  throw new Error(`${file}: ${faults.join('; ')}`)
}

/** Throws one sentence that names each field that is wrong. */
export const settingsFrom = (value: unknown): Settings => read(Settings, value, 'settings')

const described = (value: unknown) => {
  try {
    return read(Described, value, 'cluster')
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; it must be what "aws eks describe-cluster --name NAME --output json" prints`,
      { cause: error },
    )
  }
}

/** Both files together. Throws one sentence that names each field that is wrong, and what to do. */
export const inputsFrom = (cluster: unknown, settings: unknown = {}): Inputs => {
  const { name, arn, endpoint, certificateAuthority, resourcesVpcConfig, accessConfig } = described(cluster).cluster
  const wanted = settingsFrom(settings)
  const [, region, account] = /^arn:aws:eks:([-a-z0-9]+):(\d{12}):cluster\//.exec(arn) ?? []
  if (region === undefined || account === undefined)
    throw new Error(
      `cluster: cluster.arn is "${arn}"; it must be the ARN of an EKS cluster in the partition aws; tokens are signed for no other`,
    )
  if (accessConfig?.authenticationMode === 'CONFIG_MAP')
    throw new Error(
      `cluster ${name} knows no access entries: aws eks update-cluster-config --name ${name} --access-config authenticationMode=API_AND_CONFIG_MAP, and describe it again`,
    )
  if (!resourcesVpcConfig.endpointPublicAccess && !wanted.network)
    throw new Error(
      `cluster ${name} has a private endpoint alone: set network.subnetIds and network.securityGroupIds in the settings, of subnets from which it can be reached`,
    )
  return { ...wanted, account, region, cluster: { name, endpoint, certificateAuthority: certificateAuthority.data } }
}
