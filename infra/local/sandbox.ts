import type { Progress } from './progress.ts'
import { isInstalled } from './run.ts'
import { tinyImage } from './tiny-image.ts'

/** The image that holds a Pod's namespaces; without an archive containerd fetches it. */
export type SandboxImage = { readonly name: string; readonly archive?: string }

const OUR_OWN = 'kubeopencode.io/local/pause:1'
const PUBLISHED = 'registry.k8s.io/pause:3.10.1'

/** Our own where it can be built, so that no registry is needed; else the published one. */
export const sandboxImage = async (isOutsideReached: boolean, progress: Progress): Promise<SandboxImage> => {
  if (await isInstalled('go')) return { name: OUR_OWN, archive: await tinyImage('pause', OUR_OWN, progress) }
  if (isOutsideReached) return { name: PUBLISHED }
  throw new Error(
    `The image that holds a Pod's namespaces cannot be built without Go, and this cluster may not fetch ${PUBLISHED}; install Go 1.24 or newer, or let the cluster reach the outside.`,
  )
}
