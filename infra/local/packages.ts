import type { Progress } from './progress.ts'
import { isInstalled, run } from './run.ts'

/** Installs Debian packages. Throws a sentence that names them where it cannot; `user` is what needs them. */
export const installPackages = async (
  user: string,
  packages: readonly string[],
  step: string,
  progress: Progress,
): Promise<void> => {
  if (packages.length === 0) return
  if (!(await isInstalled('apt-get')))
    throw new Error(`${user} needs ${packages.join(', ')}; install them with this system's package manager.`)
  progress.step(step)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = () => run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env })
  // The package lists may be old or absent; they are fetched only when the first try needs it.
  await install().catch(async () => {
    await run('apt-get', ['update', '-q'], { env })
    await install()
  })
  progress.done()
}
