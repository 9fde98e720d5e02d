import type { Deployment } from 'kubernetes-types/apps/v1'
import type {
  ContainerPort,
  EnvVar,
  PodSpec,
  Probe,
  ResourceRequirements,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1'
import type { Component } from './installation.ts'
import { ports, probes, programs, selectors } from './installation.ts'
import type { InstallOptions } from './options.ts'
import { containerSecurity, podSecurity, probe } from './pods.ts'

/** What a program has of its own, beside what whoever installs adds to it. */
interface Program {
  readonly replicas: number
  readonly resources: ResourceRequirements
  readonly environment: readonly EnvVar[]
  readonly port: ContainerPort
  readonly morePorts?: readonly ContainerPort[]
  readonly liveness?: Partial<Probe>
  readonly pod?: Partial<PodSpec>
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
}

/** One program of the installation. It is never away during an update: a webhook that refuses when it cannot be asked must not be. */
export const deploymentOf = (component: Component, options: InstallOptions, program: Program): Deployment => {
  const { account, podLabels, podAnnotations, scheduling, environment, volumes, mounts } = options.additions[component]
  const { trusted } = options
  const selector = selectors[component]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: programs[component],
      namespace: options.namespace,
      labels: { ...options.labels, ...selector },
    },
    spec: {
      replicas: program.replicas,
      revisionHistoryLimit: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...podLabels, ...selector },
          annotations: { 'kubectl.kubernetes.io/default-container': component, ...podAnnotations },
        },
        spec: {
          serviceAccountName: account.name,
          ...program.pod,
          enableServiceLinks: false,
          securityContext: podSecurity,
          ...scheduling,
          topologySpreadConstraints: options.spread[component],
          terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
          containers: [
            {
              name: component,
              image: options.images.system,
              imagePullPolicy: options.imagePullPolicy,
              args: [component],
              env: [...program.environment, ...trusted.environment, ...environment],
              ports: [
                program.port,
                { name: 'metrics', containerPort: ports.metrics },
                { name: 'probes', containerPort: ports.probes },
                ...(program.morePorts ?? []),
              ],
              readinessProbe: { ...probe(probes.ready), periodSeconds: 5 },
              livenessProbe: { ...probe(probes.live), periodSeconds: 10, ...program.liveness, failureThreshold: 6 },
              resources: program.resources,
              securityContext: containerSecurity,
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...program.mounts, ...trusted.mounts, ...mounts],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }, ...program.volumes, ...trusted.volumes, ...volumes],
        },
      },
    },
  }
}
