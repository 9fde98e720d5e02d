import type { Service } from 'kubernetes-types/core/v1'
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1'
import type { Events, InstallOptions } from './options.ts'
import { EVENTS_SERVICE, ports, selectors } from './installation.ts'

export const noEvents: Events = { environment: [], ports: [], ingress: [] }

/** `from` is who may deliver; an empty list is anybody. */
export const eventsOf = (broker: string, from: NetworkPolicyPeer[] = []): Events => ({
  environment: [{ name: 'KUBEOPENCODE_EVENTS_TO', value: broker }],
  ports: [{ name: 'events', containerPort: ports.events }],
  ingress: [{ ports: [{ port: ports.events, protocol: 'TCP' }], ...(from.length > 0 && { from }) }],
})

/** Where the broker delivers: any copy will do. */
export const eventsService = ({ namespace, labels }: InstallOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: EVENTS_SERVICE, namespace, labels: { ...labels, ...selectors.controller } },
  spec: { selector: selectors.controller, ports: [{ name: 'http', port: 80, targetPort: 'events' }] },
})
