import type { GitSyncs } from '../../shared/ports.ts'
import { SyncReport } from '../../shared/sync-report.ts'
import type { Send } from './rest.ts'
import { isNoAnswer } from './rest.ts'

/** Longest time one look may take, so that a wedged sidecar holds nobody up. */
const budgetMs = 2_000
/** A report is a few hundred bytes; what is longer is none, and it comes from a Pod that an agent runs in. */
const longestBytes = 16 * 1024

/** The git-sync sidecars through the apiserver's service proxy, by the way that sessions are read. */
export const createGitSyncs = (send: Send): GitSyncs => ({
  read: async ({ namespace, service, port }) => {
    try {
      const address = `${encodeURIComponent(service)}:${port}`
      const response = await send(
        'GET',
        `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${address}/proxy/`,
        { timeoutMs: budgetMs, mostBytes: longestBytes },
      )
      return response.ok ? SyncReport.safeParse(await response.json()).data : undefined
    } catch (error) {
      if (!isNoAnswer(error)) throw error
      return undefined
    }
  },
})
