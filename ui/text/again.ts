import type { Task } from '../api/types.ts'
import { nameLike } from '../forms/fields.ts'

/** The same work once more: what was asked for under another name, with the labels people gave it. */
export const againOf = ({ metadata, spec }: Task, ending?: string): object => {
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith('kubeopencode.io/'))
  return {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: {
      name: nameLike(metadata.name, ending),
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    },
    spec,
  }
}
