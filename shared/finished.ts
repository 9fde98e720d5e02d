import type { TaskStatus } from '../crds/task.ts'

/** Completed and Failed are final. */
export const isFinished = ({ status }: { readonly status?: Pick<TaskStatus, 'phase'> | undefined }): boolean =>
  status?.phase === 'Completed' || status?.phase === 'Failed'
