import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../infra/local/binaries.ts'
import { isInstalled, run } from '../../infra/local/run.ts'

/** Debian's package, unpacked beside the other programs: installed it would start a Prometheus. */
const unpacked = async (target: string): Promise<void> => {
  if (!(await isInstalled('apt-get')))
    throw new Error('The alerts are tried with promtool, which comes with Prometheus; put it on the PATH.')
  mkdirSync(target, { recursive: true })
  const folder = mkdtempSync(join(target, 'unfinished-'))
  try {
    const download = () => run('apt-get', ['download', '-q', 'prometheus'], { cwd: folder })
    await download().catch(async () => {
      await run('apt-get', ['update', '-q'])
      await download()
    })
    const file = readdirSync(folder).find((name) => name.endsWith('.deb')) ?? ''
    await run('dpkg-deb', ['-x', join(folder, file), folder])
    renameSync(join(folder, 'usr/bin/promtool'), join(target, 'promtool'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Prometheus' own judge of rules; its path. It is obtained where it is missing, so that no run goes without it. */
export const ensurePromtool = async (): Promise<string> => {
  if (await isInstalled('promtool')) return 'promtool'
  const target = join(cacheFolder(), 'bin', 'promtool')
  if (!existsSync(join(target, 'promtool'))) await unpacked(target)
  return join(target, 'promtool')
}
