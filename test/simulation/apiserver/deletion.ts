import type { Pod } from 'kubernetes-types/core/v1'
import type { Stored } from './object.ts'
import { conflict } from './status.ts'

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

const defaultGraceSeconds = 30

/** How long a Pod may take to end: no time where no node has it, or where it has ended. */
const graceOf = (object: Stored, asked: number | undefined): number => {
  if (object.kind !== 'Pod') return 0
  const { spec, status } = object as Pod
  if (spec?.nodeName === undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  return asked ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds
}

/** What a DELETE makes of an object: its next version, or that it goes at once. Throws where a precondition does not hold. */
export const removal = (
  object: Stored,
  { preconditions, gracePeriodSeconds, propagationPolicy }: DeleteOptions,
  now: number,
): Stored | 'at once' => {
  const { metadata, kind } = object
  const name = metadata?.name ?? ''
  for (const [field, label] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const wanted = preconditions?.[field]
    if (wanted !== undefined && wanted !== metadata?.[field])
      throw conflict(
        kind,
        name,
        `Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${metadata?.[field]}`,
      )
  }
  const grace = graceOf(object, gracePeriodSeconds)
  const finalizers = [
    ...(metadata?.finalizers ?? []),
    ...(propagationPolicy === 'Foreground' && metadata?.deletionTimestamp === undefined ? ['foregroundDeletion'] : []),
  ]
  if (grace === 0 && finalizers.length === 0) return 'at once'
  const isGraceShorter = grace < (metadata?.deletionGracePeriodSeconds ?? Infinity)
  if (metadata?.deletionTimestamp !== undefined && !isGraceShorter) return object
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 && { finalizers }),
      ...(metadata?.generation !== undefined &&
        metadata.deletionTimestamp === undefined && { generation: metadata.generation + 1 }),
      deletionTimestamp: `${new Date(now + grace * 1000).toISOString().slice(0, 19)}Z`,
      deletionGracePeriodSeconds: grace,
    },
  }
}
