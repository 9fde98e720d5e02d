import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'
import { installPackages } from '../../infra/local/packages.ts'
import type { Progress } from '../../infra/local/progress.ts'
import { isInstalled, run } from '../../infra/local/run.ts'

const progress: Progress = {
  step: (name) => console.error(`  ${name} …`),
  note: (text) => console.error(`  ${text}`),
  done: () => undefined,
}

/** Debian's chromium; it is installed where it is missing, so that no run goes without it. */
export const openBrowser = async (): Promise<Browser> => {
  if (!(await isInstalled('chromium')))
    await installPackages(
      'The tests of the dashboard',
      ['chromium', 'fonts-dejavu-core'],
      'install a browser for the tests of the dashboard',
      progress,
    )
  const executablePath = (await run('sh', ['-c', 'command -v chromium'])).trim()
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
