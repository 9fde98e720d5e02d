import type {
  ContainerPort,
  EnvVar,
  PodSpec,
  ResourceRequirements,
  TopologySpreadConstraint,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1'
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from 'kubernetes-types/networking/v1'
import type { Settings } from '../../functions/workload/settings.ts'
import type { Certificates } from './certificates.ts'
import type { Component } from './installation.ts'
import type { Trusted } from './trusted.ts'

export type Labels = Readonly<Record<string, string>>

/** What whoever installs adds to the Pods of one program. */
export interface Additions {
  readonly account: { readonly name: string; readonly annotations?: Labels }
  readonly podLabels: Labels
  readonly podAnnotations: Labels
  readonly scheduling: Partial<PodSpec>
  readonly environment: readonly EnvVar[]
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
}

export interface Disruptions {
  /** How many copies may be away at once, such as 1 or 50%. */
  readonly maxUnavailable: number | string
}

/** What the controller needs where its hints go through a broker; empty lists where they do not. */
export interface Events {
  readonly environment: readonly EnvVar[]
  readonly ports: readonly ContainerPort[]
  readonly ingress: readonly NetworkPolicyIngressRule[]
}

/** Who may reach the Pods, and what they may reach; an empty list is anybody and anything. */
export interface Reachable {
  readonly webhooksFrom: NetworkPolicyPeer[]
  readonly metricsFrom: NetworkPolicyPeer[]
  readonly serverFrom: NetworkPolicyPeer[]
  /** `Egress` where `egress` says something. */
  readonly egressTypes: string[]
  readonly egress: NetworkPolicyEgressRule[]
}

/** What may differ from one installation to the next. */
export interface InstallOptions {
  readonly namespace: string
  /** On every object. */
  readonly labels: Labels
  readonly images: Settings['images']
  readonly imagePullPolicy: string
  readonly replicas: number
  readonly resources: ResourceRequirements
  readonly additions: Readonly<Record<Component, Additions>>
  /** Over what the copies are spread. */
  readonly spread: Readonly<Record<Component, TopologySpreadConstraint[]>>
  /** Of its Pods: time to end what is under way. */
  readonly terminationGracePeriodSeconds: number
  readonly disruptions: Disruptions
  readonly network: Reachable
  readonly podStartTimeoutSeconds: string
  readonly taskClient: string
  readonly logLevel: string
  readonly certificates: Certificates
  /** Of a collector of traces; empty where nobody collects them. */
  readonly traces: readonly EnvVar[]
  readonly events: Events
  readonly trusted: Trusted
  readonly server: {
    readonly replicas: number
    readonly resources: ResourceRequirements
    /** `/` for the root, or such as `/kubeopencode`. */
    readonly basePath: string
    /** Comma-separated names it may be called by; `*` for any. */
    readonly hosts: string
    /** Of an identity provider; empty where there is none to log in with. */
    readonly oidc: readonly EnvVar[]
  }
}
