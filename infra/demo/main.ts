/** `npm run demo`: from nothing to an agent that has done a job, on a cluster of its own or on a user's. */
import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { Command } from 'commander'
import { cacheFolder } from '../local/binaries.ts'
import { removeCluster } from '../local/cluster.ts'
import { durationsIn } from '../local/durations.ts'
import { withLock } from '../local/lock.ts'
import { printed, type Progress } from '../local/progress.ts'
import { isInstalled } from '../local/run.ts'
import { type Access, kubectl, openAccess } from './access.ts'
import { demoClusterFolder, stateFolder } from './folders.ts'
import { isInstalledByOthers, uninstallKubeOpenCode } from './install.ts'
import { onInterrupt } from './interrupt.ts'
import { anotherTaskFile, type Example, loadExample, releasedImages } from './manifests.ts'
import { preflight } from './preflight.ts'
import { chooseProvider, type Provider, providerVariables } from './provider.ts'
import { eventLines, resultLines, workspaceDiff } from './report.ts'
import { colorsFor, createScreen } from './screen.ts'
import { accessToContext, prepareOwnCluster, prepareUsersCluster, runExample } from './steps.ts'

type Options = {
  readonly context?: string
  readonly kubeconfig?: string
  readonly imagePrefix: string
  readonly tag: string
  readonly model?: string
  readonly mock?: boolean
}

const minutes = (seconds: number): string =>
  seconds < 90 ? 'about a minute' : `about ${Math.round(seconds / 60)} minutes`

const durations = durationsIn(cacheFolder())
const screen = createScreen()
const { bold, dim } = screen.colors

/** The step that runs, for the sentence after Ctrl-C. */
let current = ''
const progress: Progress = ((inner: Progress): Progress => ({
  step(name) {
    current = name
    inner.step(name)
  },
  note: (text) => inner.note(text),
  done: () => inner.done(),
}))(printed(durations))

const ownFlags = ({ context, kubeconfig }: Options): string =>
  `${kubeconfig === undefined ? '' : ` --kubeconfig ${kubeconfig}`}${context === undefined ? '' : ` --context ${context}`}`

/** How a person repeats this run, or undoes it. */
const command = (options: Options, what = ''): string => {
  const words = `${what}${ownFlags(options)}`.trim()
  return `npm run demo${words && ` -- ${words}`}`
}

const introduce = (provider: Provider): void => {
  screen.line(bold('KubeOpenCode: an AI coding agent on Kubernetes'))
  screen.line()
  screen.line('  An OpenCode agent starts in a cluster, gets a Git repository whose tests fail, and repairs it.')
  screen.line(
    provider.kind === 'real'
      ? `  It thinks with ${provider.model}; ${provider.variable} pays for it.`
      : `  It thinks with a mock model that needs no key; set ${providerVariables.join(', ')} for a real one.`,
  )
}

const announceOwnCluster = async (): Promise<void> => {
  const { seconds, toDo } = await preflight(durations)
  screen.line(`  The cluster is made on this machine, and this run takes ${minutes(seconds)}.`)
  if (toDo.length) {
    screen.line(dim(`  First it has to ${toDo.join(', ')}.`))
    screen.line(dim(`  That is kept in ${cacheFolder()} and .cache/images; the next run takes about a minute.`))
  }
  screen.line()
}

const kubectlOnPath = async (access: Access): Promise<string> =>
  (await isInstalled('kubectl')) ? '' : ` PATH="${dirname(access.kubectl)}${delimiter}$PATH"`

const howToGoOn = async (options: Options, access: Access, { namespace, task }: Example): Promise<string[]> => {
  const { context, kubeconfig } = access
  const isOwn = context === undefined
  const program = isOwn ? 'kubectl' : `kubectl${ownFlags(options)}`
  return [
    ...(isOwn ? [`export KUBECONFIG=${kubeconfig ?? ''}${await kubectlOnPath(access)}`] : []),
    `${program} get agents,tasks --namespace ${namespace}`,
    `${program} apply -f ${anotherTaskFile}`,
    `${program} describe task ${task.metadata.name} --namespace ${namespace}`,
    command(options, 'down'),
  ]
}

/** Prints what came of it. True when the agent has done its job. */
const report = async (
  options: Options,
  access: Access,
  example: Example,
  run: Awaited<ReturnType<typeof runExample>>,
): Promise<boolean> => {
  const { agent, task } = run
  const colors = colorsFor(process.stdout)
  const print = (line = ''): void => void process.stdout.write(`${line}\n`)
  const { cluster } = await openAccess(access)
  print()
  print(colors.bold('Result'))
  for (const line of resultLines(task, colors)) print(line)
  print()
  print(colors.bold('What the agent changed'))
  const diff = await workspaceDiff(access, agent, colors.isColorSupported)
  print(diff.trimEnd() || '  nothing')
  print()
  print(colors.bold('Events'))
  for (const line of await eventLines(cluster, [agent, task], colors)) print(line)
  print()
  print(colors.bold('Go on'))
  for (const line of await howToGoOn(options, access, example)) print(`  ${line}`)
  return task.status?.phase === 'Completed' && diff.trim() !== ''
}

/** Two demos at once would take each other's Agent away. */
const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  mkdirSync(stateFolder(), { recursive: true })
  return await withLock(join(stateFolder(), 'demo.lock'), work, () =>
    screen.line('  Another run of the demo is at work on this machine; this one waits for its end.'),
  )
}

const up = async (options: Options): Promise<void> => {
  const provider = chooseProvider(process.env, options)
  const images = { prefix: options.imagePrefix, tag: options.tag }
  const example = loadExample(provider, options.context === undefined ? releasedImages : images)
  introduce(provider)
  onInterrupt(
    () =>
      `Interrupted${current && ` at "${current}"`}. To go on from there: ${command(options)}. To take everything away: ${command(options, 'down')}`,
  )
  const { context, kubeconfig } = options
  if (context === undefined) await announceOwnCluster()
  const isDone = await alone(async () => {
    let access: Access
    if (context === undefined) access = await prepareOwnCluster(progress)
    else {
      screen.line(
        `  Its nodes must be able to pull ${images.prefix}/kubeopencode:${images.tag} and its siblings (--image-prefix, --tag).`,
      )
      screen.line()
      access = await accessToContext({ context, ...(kubeconfig !== undefined && { kubeconfig }) }, progress)
      await prepareUsersCluster(access, images, progress)
    }
    current = 'the agent at work'
    screen.line()
    return await report(options, access, example, await runExample(access, example, screen))
  })
  if (!isDone) process.exitCode = 1
}

const downUsersCluster = async (options: Options, context: string): Promise<void> => {
  const { kubeconfig } = options
  const access = await accessToContext({ context, ...(kubeconfig !== undefined && { kubeconfig }) }, progress)
  const { namespace } = loadExample({ kind: 'mock' }, releasedImages)
  progress.step(`delete the namespace ${namespace}`)
  await kubectl(access, ['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s'])
  const isTheirs = await isInstalledByOthers(access)
  if (!isTheirs) {
    progress.step('uninstall KubeOpenCode')
    await uninstallKubeOpenCode(access)
  }
  progress.done()
  process.stdout.write(
    isTheirs
      ? `The namespace ${namespace} is gone. KubeOpenCode stays: the demo has not installed it.\n`
      : `The namespace ${namespace} and the controller are gone. The CustomResourceDefinitions stay, as they may hold objects of yours.\n`,
  )
}

const down = async (options: Options): Promise<void> => {
  onInterrupt(() => `Interrupted. To go on: ${command(options, 'down')}`)
  await alone(async () => {
    if (options.context !== undefined) return await downUsersCluster(options, options.context)
    progress.step('take the cluster down')
    await removeCluster(demoClusterFolder())
    progress.done()
    process.stdout.write(
      `The demo's cluster is gone. What was built stays in ${cacheFolder()} and .cache/images, so that the next run is short.\n`,
    )
  })
}

const examples = `
Examples:
  npm run demo                                       a cluster on this machine (root on Linux), a mock model
  ANTHROPIC_API_KEY=… npm run demo                   the same with a real model
  npm run demo -- --context kind-dev --image-prefix registry.example.com/team --tag v0.1.0
                                                     on a cluster of yours, with images its nodes can pull
  npm run demo -- down                               takes it all away

Exit code 0: the Task is Completed and the agent has changed something.`

const program = new Command('npm run demo --')
  .description('Shows an AI coding agent at work on Kubernetes: a cluster, an Agent, a Task, and what came of it.')
  .option('--context <name>', 'use the cluster of this kubeconfig context instead of making one')
  .option('--kubeconfig <file>', 'kubeconfig of --context (default: as kubectl)')
  .option('--image-prefix <prefix>', 'where the nodes of --context find the images', releasedImages.prefix)
  .option('--tag <tag>', 'tag of these images', releasedImages.tag)
  .option('--model <provider/model>', 'which real model, when a key is set')
  .option('--mock', 'use the mock model even when a key is set')
  .addHelpText('after', examples)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(up)

program
  .command('down')
  .description('take away the cluster, or from --context what the demo has put there')
  .action(() => down(program.opts()))

try {
  await program.parseAsync()
} catch (error) {
  screen.waitFor(undefined)
  screen.line(`\n${screen.colors.red(error instanceof Error ? error.message : String(error))}`)
  process.exitCode = 1
}
