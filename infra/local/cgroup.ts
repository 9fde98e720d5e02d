import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './until.ts'

const ROOT = '/sys/fs/cgroup'

/** The cgroup under which all containers of one cluster live. */
export const cgroupName = (id: string): string => `/kubeopencode-${id}`

const isUnified = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'))

const hierarchies = (): string[] =>
  isUnified()
    ? [ROOT]
    : readdirSync(ROOT)
        .map((name) => join(ROOT, name))
        .filter((path) => existsSync(join(path, 'cgroup.procs')))

const folders = (id: string): string[] => hierarchies().map((path) => join(path, cgroupName(id)))

export const createCgroup = (id: string): void => {
  if (isUnified()) {
    const controllers = readFileSync(join(ROOT, 'cgroup.controllers'), 'utf8').trim().split(' ')
    writeFileSync(join(ROOT, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
  }
  for (const folder of folders(id)) {
    mkdirSync(folder, { recursive: true })
    // A new cpuset of version 1 has no processors and no memory until it is told.
    for (const file of isUnified() ? [] : ['cpuset.cpus', 'cpuset.mems'])
      if (existsSync(join(folder, file))) copyFileSync(join(folder, '..', file), join(folder, file))
  }
}

/** The cgroup itself and all below it, the deepest first: the order in which they can be removed. */
const tree = (folder: string): string[] =>
  existsSync(folder)
    ? [
        ...readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .flatMap((entry) => tree(join(folder, entry.name))),
        folder,
      ]
    : []

const processesIn = (folder: string): number[] => {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Ends every process of every container of the cluster and removes its cgroups. */
export const removeCgroup = async (id: string): Promise<void> => {
  const emptied = await until(
    async () => {
      const all = folders(id).flatMap(tree)
      const pids = new Set(all.flatMap(processesIn))
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // ended by itself in between
        }
      }
      if (pids.size) return undefined
      for (const folder of all) {
        try {
          rmdirSync(folder)
        } catch {
          return undefined // a process that was just ended is still being put away
        }
      }
      return true
    },
    { seconds: 60, everyMilliseconds: 20 },
  )
  if (!emptied) throw new Error(`Containers in the cgroup ${cgroupName(id)} do not end; end them and try again.`)
}
