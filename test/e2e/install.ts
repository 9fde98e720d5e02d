import type { Access } from '../../infra/demo/access.ts'
import { installKubeOpenCode } from '../../infra/demo/install.ts'
import type { Progress } from '../../infra/local/progress.ts'
import { silent } from '../../infra/local/progress.ts'

/** KubeOpenCode by its chart, with two controllers, of which none leads; a Pod that cannot start is given up while a test waits, yet a busy machine has time to start one. */
export const install = (
  access: Access,
  { progress = silent, values = {} }: { progress?: Progress; values?: object } = {},
): Promise<void> =>
  installKubeOpenCode({ access, values: { replicas: 2, podStartTimeoutSeconds: 120, ...values }, progress })
