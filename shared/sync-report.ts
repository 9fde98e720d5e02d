import * as z from 'zod'

const Commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)

/** What git-sync says of one followed repository over HTTP. It comes from a Pod an agent runs in: nothing in it is trusted. */
export const SyncReport = z.object({
  /** Commit the agent sees; absent until the first clone is known. */
  commit: Commit.exactOptional(),
  /** When that commit was put in place. */
  syncedAt: z.iso.datetime().exactOptional(),
  /** Commit of the remote, as far as it was ever asked. */
  head: Commit.exactOptional(),
  /** Why the agent does not see the newest commit, or a part of it. The same trouble gives the same words. */
  message: z.string().min(1).max(1024).exactOptional(),
  /** Seconds until the remote is asked again. */
  nextInSeconds: z.number().min(0).max(1e10),
})
export type SyncReport = z.infer<typeof SyncReport>
