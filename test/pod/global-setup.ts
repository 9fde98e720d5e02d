import { existsSync } from 'node:fs'
import { cacheFolder } from '../../infra/local/binaries.ts'
import { durationsIn } from '../../infra/local/durations.ts'
import { installPackages } from '../../infra/local/packages.ts'
import { printed } from '../../infra/local/progress.ts'
import { isInstalled } from '../../infra/local/run.ts'

/** OpenCode looks for files with ripgrep, and would fetch it from its release site; git-init clones over ssh. */
export const setup = async (): Promise<void> => {
  const missing = [
    ...((await isInstalled('rg')) ? [] : ['ripgrep']),
    ...(existsSync('/usr/sbin/sshd') ? [] : ['openssh-server']),
  ]
  await installPackages('The tests', missing, 'install ripgrep and an ssh server', printed(durationsIn(cacheFolder())))
}
