import * as z from 'zod'
import { listMap, withRules } from '../rules.ts'
import { EnvName, IntOrString, PodObjectName, Quantity } from '../scalars.ts'

const Quantities = z.record(z.string(), Quantity)

export const Resources = z.object({
  limits: Quantities.exactOptional().describe('The most a container may use, such as memory: 4Gi.'),
  requests: Quantities.exactOptional().describe('What a container is sure to get, such as memory: 512Mi.'),
  claims: z
    .array(
      z.object({
        name: z.string().describe('Name of the claim in the Pod.'),
        request: z.string().exactOptional().describe('One request of the claim; all if unset.'),
      }),
    )
    .exactOptional()
    .describe('Dynamic resources the container uses.'),
})

const keyOf = (kind: string) =>
  z.object({
    name: PodObjectName.describe(`Name of the ${kind}.`),
    key: z.string().min(1).describe('Key of it.'),
    optional: z.boolean().exactOptional().describe('Whether it may be missing.'),
  })

export const FieldRef = z.object({
  fieldPath: z.string().describe('Path of the field, such as metadata.name.'),
  apiVersion: z.string().exactOptional().describe('Version the path is written in; v1 if unset.'),
})

export const ResourceFieldRef = z.object({
  resource: z.string().describe('Resource, such as limits.memory.'),
  containerName: z.string().exactOptional().describe('Container whose resource it is.'),
  divisor: Quantity.exactOptional().describe('Unit of the value; 1 if unset.'),
})

const EnvSource = z.object({
  configMapKeyRef: keyOf('ConfigMap').exactOptional().describe('Value of a ConfigMap.'),
  secretKeyRef: keyOf('Secret').exactOptional().describe('Value of a Secret.'),
  fieldRef: FieldRef.exactOptional().describe('Field of the Pod.'),
  resourceFieldRef: ResourceFieldRef.exactOptional().describe('Resource of the container.'),
})

const EnvVar = withRules(
  z.object({
    name: EnvName.describe('Name of the variable.'),
    value: z.string().max(32768).exactOptional().describe('Its value.'),
    valueFrom: EnvSource.exactOptional().describe('Where its value is found.'),
  }),
  {
    rule: '!has(self.value) || !has(self.valueFrom)',
    message: 'only one of value and valueFrom can be set',
    holds: ({ value, valueFrom }) => value === undefined || valueFrom === undefined,
    field: 'valueFrom',
  },
)

export const ExtraEnv = listMap(z.array(EnvVar).max(128), 'name')

const VolumeMount = z.object({
  name: z.string().min(1).describe('Name of the volume.'),
  mountPath: z.string().min(1).describe('Where it is mounted.'),
  subPath: z.string().exactOptional().describe('Path inside of the volume.'),
  subPathExpr: z.string().exactOptional().describe('Path inside of the volume, with variables of the container.'),
  readOnly: z.boolean().exactOptional().describe('Whether it cannot be written to.'),
  recursiveReadOnly: z
    .enum(['Disabled', 'IfPossible', 'Enabled'])
    .exactOptional()
    .describe('Whether read-only reaches mounts below it.'),
  mountPropagation: z
    .enum(['None', 'HostToContainer', 'Bidirectional'])
    .exactOptional()
    .describe('Whether mounts made later are seen.'),
})

export const ExtraVolumeMounts = listMap(z.array(VolumeMount).max(64), 'mountPath')

const Handler = z.object({
  exec: z
    .object({ command: z.array(z.string()).exactOptional().describe('Command line, without a shell.') })
    .exactOptional()
    .describe('Runs a command in the container.'),
  httpGet: z
    .object({
      port: IntOrString.describe('Port, by number or name.'),
      path: z.string().exactOptional().describe('Path of the request.'),
      host: z.string().exactOptional().describe("Host; the Pod's address if unset."),
      scheme: z.enum(['HTTP', 'HTTPS']).exactOptional().describe('HTTP if unset.'),
      httpHeaders: z
        .array(z.object({ name: z.string().describe('Name.'), value: z.string().describe('Value.') }))
        .exactOptional()
        .describe('Headers of the request.'),
    })
    .exactOptional()
    .describe('Sends a request to the container.'),
  sleep: z
    .object({ seconds: z.int().min(0).describe('How long.') })
    .exactOptional()
    .describe('Waits.'),
})

/** https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
export const Lifecycle = z.object({
  postStart: Handler.exactOptional().describe('What happens right after the start.'),
  preStop: Handler.exactOptional().describe('What happens right before the end.'),
})
