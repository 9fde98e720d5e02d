import type { Kind } from '../../../shared/kubernetes.ts'
import type { Json, Stored } from './object.ts'
import { isJson } from './object.ts'

/** The few of the apiserver's own defaults that this project could stumble over. */
export const withBuiltInDefaults = (kind: Kind, object: Json): Json => {
  const spec = isJson(object['spec']) ? object['spec'] : {}
  if (kind === 'Pod')
    return {
      ...object,
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', ...spec },
    }
  if (kind === 'Service')
    return { ...object, spec: { type: 'ClusterIP', sessionAffinity: 'None', clusterIP: '10.0.0.1', ...spec } }
  if (kind === 'Deployment') return { ...object, spec: { replicas: 1, progressDeadlineSeconds: 600, ...spec } }
  return object
}

/** The status of a new object, where the apiserver writes one. */
export const initialStatus = (kind: Kind): Json => {
  if (kind === 'Pod') return { status: { phase: 'Pending', qosClass: 'Burstable' } }
  if (kind === 'Deployment') return { status: {} }
  return {}
}

/** Deleted before, and the last finalizer or the last second of grace has just gone. */
export const isEndingAtOnce = ({ metadata }: Stored): boolean =>
  metadata?.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).length === 0 &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0
