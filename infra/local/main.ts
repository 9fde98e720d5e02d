import { Command } from 'commander'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { cacheFolder, ensureBinaries } from './binaries.ts'
import { type Cluster, openCluster, removeCluster, startCluster } from './cluster.ts'
import { durationsIn } from './durations.ts'
import { isRunning, recorded } from './processes.ts'
import { programNames } from './programs.ts'
import { printed } from './progress.ts'
import { apiserverUrl, readSettings } from './settings.ts'

type Where = { readonly name: string; readonly dir?: string }

const stateFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'kubeopencode')

const folder = ({ name, dir }: Where): string => resolve(dir ?? join(stateFolder(), name))

const progress = printed(durationsIn(cacheFolder()))

const howToUse = ({ kubeconfig, kubectl, url }: Cluster): string => `The cluster is up at ${url}.

  export KUBECONFIG=${kubeconfig}
  ${kubectl} get nodes
`

const program = new Command('cluster').description('A Kubernetes cluster of your own on this machine.')

const command = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--name <name>', 'which cluster', 'demo')
    .option('--dir <folder>', `where it is kept (default: ${stateFolder()}/<name>)`)

command('up', 'start a cluster, or start again what has died of it')
  .option('--no-node', 'only the control plane; Pods are accepted and never run')
  .option('--tmpfs', 'keep the data in memory')
  .option('--no-outside', 'Pods reach nothing outside this machine')
  .option('--audit', 'write every request to an audit log')
  .action(async (options: Where & { node: boolean; tmpfs?: boolean; outside: boolean; audit?: boolean }) => {
    const { name, node, tmpfs = false, outside, audit = false } = options
    const cluster = await startCluster({ dir: folder(options), name, node, tmpfs, outside, audit, progress })
    process.stdout.write(howToUse(cluster))
  })

command('down', 'stop a cluster and remove it')
  .option('--keep-data', 'keep what is stored, so that `up` continues with it')
  .action(async (options: Where & { keepData?: boolean }) => {
    const dir = folder(options)
    await removeCluster(dir, { keepData: options.keepData ?? false })
    process.stdout.write(`No cluster runs in ${dir}.\n`)
  })

command('status', 'say what runs').action((options: Where) => {
  const dir = folder(options)
  const settings = readSettings(dir)
  if (!settings) throw new Error(`There is no cluster in ${dir}; start one with \`up\`.`)
  const states = recorded(dir).map((name) => `  ${isRunning(dir, name) ? 'running' : 'died   '}  ${name}\n`)
  process.stdout.write(`${settings.name} at ${apiserverUrl(settings)}, kept in ${dir}\n${states.join('')}`)
})

program
  .command('programs')
  .description('obtain the programs that a cluster is made of, and start none')
  .action(async () => {
    const paths = await ensureBinaries(programNames, progress)
    process.stdout.write(`${Object.values(paths).join('\n')}\n`)
  })

command('load', 'bring the images of a docker-archive file onto the node')
  .argument('<file>', 'made by `docker save`, `buildah push … docker-archive:FILE` or the like')
  .action(async (file: string, options: Where) => {
    const dir = folder(options)
    const cluster = await openCluster(dir, progress)
    if (!cluster) throw new Error(`There is no cluster in ${dir}; start one with \`up\`.`)
    await cluster.loadImage(resolve(file))
    process.stdout.write(`${file} is loaded.\n`)
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
