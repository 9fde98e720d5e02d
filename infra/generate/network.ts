import type { NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer } from 'kubernetes-types/networking/v1'
import type { InstallOptions } from './options.ts'
import type { Component } from './installation.ts'
import { ports, programs, selectors } from './installation.ts'

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
    name: programs[component],
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
