import { cacheFolder, ensureBinaries } from '../infra/local/binaries.ts'
import { controlPlanePrograms } from '../infra/local/control-plane.ts'
import { durationsIn } from '../infra/local/durations.ts'
import { nodePrograms } from '../infra/local/node.ts'
import { printed } from '../infra/local/progress.ts'

/** A fresh machine builds Kubernetes here, once, with its progress shown, and not inside of a test's time limit. */
export const setup = async (): Promise<void> => {
  const programs = [...controlPlanePrograms, ...nodePrograms, 'kubectl', 'helm'] as const
  const progress = printed(durationsIn(cacheFolder()))
  await ensureBinaries(programs, progress)
  progress.done()
}
