import { cacheFolder, ensureBinaries } from '../infra/local/binaries.ts'
import { durationsIn } from '../infra/local/durations.ts'
import { programNames } from '../infra/local/programs.ts'
import { printed } from '../infra/local/progress.ts'

/** A fresh machine builds Kubernetes here, once, with its progress shown, and not inside of a test's time limit. */
export const setup = async (): Promise<void> => {
  const progress = printed(durationsIn(cacheFolder()))
  await ensureBinaries(programNames, progress)
  progress.done()
}
