import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from 'kubernetes-types/networking/v1'
import type { InstallOptions } from './install.ts'
import type { Component } from './installation.ts'
import { CONTROLLER, ports, selectors, SERVER } from './installation.ts'

/** Who may reach the Pods, and what they may reach; an empty list is anybody and anything. */
export interface Reachable {
  readonly webhooksFrom: NetworkPolicyPeer[]
  readonly metricsFrom: NetworkPolicyPeer[]
  readonly serverFrom: NetworkPolicyPeer[]
  /** `Egress` where `egress` says something. */
  readonly egressTypes: string[]
  readonly egress: NetworkPolicyEgressRule[]
}

const letIn = (port: number, from: NetworkPolicyPeer[] = []): NetworkPolicyIngressRule => ({
  ports: [{ port, protocol: 'TCP' }],
  ...(from.length > 0 && { from }),
})

/**
 * Lets in what is served and nothing else. The webhooks are open to anybody unless told otherwise: the apiserver that calls
 * them is a Pod in no cluster that somebody else runs. Probes come from the kubelet and tell nothing.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export const networkPolicy = (
  component: Component,
  {
    namespace,
    labels,
    events,
    network: { webhooksFrom, metricsFrom, serverFrom, egressTypes, egress },
  }: InstallOptions,
): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {
    name: component === 'controller' ? CONTROLLER : SERVER,
    namespace,
    labels: { ...labels, ...selectors[component] },
  },
  spec: {
    podSelector: { matchLabels: selectors[component] },
    policyTypes: ['Ingress', ...egressTypes],
    ingress: [
      component === 'controller' ? letIn(ports.webhooks, webhooksFrom) : letIn(ports.server, serverFrom),
      letIn(ports.metrics, metricsFrom),
      letIn(ports.probes),
      ...(component === 'controller' ? events.ingress : []),
    ],
    ...(egress.length > 0 && { egress }),
  },
})
