import type { GitSyncs } from '../../shared/ports.ts'
import { SyncReport } from '../../shared/sync-report.ts'
import type { Send } from './rest.ts'

/** Longest time one look may take, so that a wedged sidecar holds nobody up. */
const budgetMs = 2_000
/** A report is a few hundred bytes; what is longer is none. */
const longestBytes = 16 * 1024

/** The body, unless it is longer than a report can be: it comes from a Pod that an agent runs in. */
const shortText = async (response: Response): Promise<string | undefined> => {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > longestBytes) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** The git-sync sidecars through the apiserver's service proxy, by the way that sessions are read. */
export const createGitSyncs = (send: Send): GitSyncs => ({
  read: async ({ namespace, service, port }) => {
    try {
      const address = `${encodeURIComponent(service)}:${port}`
      const response = await send(
        'GET',
        `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${address}/proxy/`,
        { timeoutMs: budgetMs },
      )
      if (!response.ok) {
        await response.body?.cancel()
        return undefined
      }
      const text = await shortText(response)
      return text === undefined ? undefined : SyncReport.safeParse(JSON.parse(text)).data
    } catch {
      return undefined
    }
  },
})
