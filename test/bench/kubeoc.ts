/**
 * kubeoc beside kubectl, in one run: `--help`, and a table of 1,000 Tasks; and a line of a Pod's log on its way to the screen of
 * either. `npm run bench:kubeoc -- [runs]` prints medians, ranges and peak memory.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundle } from '../../infra/build/bundle.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { createCluster, sender } from '../../infra/cluster/rest.ts'
import { startCluster } from '../../infra/local/cluster.ts'
import { installKinds } from '../../infra/node/install-dev.ts'
import { pathOf } from '../../shared/kubernetes.ts'
import type { Speaker } from './log-line.ts'
import { startSpeaker } from './log-line.ts'
import { load, machine } from './machine.ts'
import { median, percentile } from './numbers.ts'
import type { Command } from './programs.ts'
import { peakOf, timeOf } from './programs.ts'

const runs = Number(process.argv[2] ?? 15)
const peaks = 5
const objects = 1_000
const lines = 200
const namespace = 'default'

const dir = mkdtempSync(join(tmpdir(), 'kubeopencode-bench-kubeoc-'))
const [kubeocFile = ''] = await bundle(['kubeoc'])
const local = await startCluster({ dir, node: false, tmpfs: true, name: 'bench-kubeoc' })
process.env['KUBECONFIG'] = local.kubeconfig
const send = sender(connect(await identify({ kubeconfig: local.kubeconfig }), 'bench'))

const kubeoc = (...args: string[]): Command => ({
  name: `kubeoc ${args.join(' ')}`,
  program: process.execPath,
  args: [kubeocFile, ...args],
})
const kubectl = (...args: string[]): Command => ({
  name: `kubectl ${args.join(' ')}`,
  program: local.kubectl,
  args,
})
const range = (values: readonly number[], unit: string): string =>
  `${median(values).toFixed(0)} ${unit} (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

/** By turns, so that both meet the same moments of the machine. */
const compare = async (...commands: readonly Command[]): Promise<void> => {
  const measured = commands.map((command) => ({ command, times: [] as number[], memory: [] as number[] }))
  // Files are read from the disk once, and kubectl learns what kinds there are.
  for (const { command } of measured) await timeOf(command)
  for (let run = 0; run < runs; run += 1) for (const { command, times } of measured) times.push(await timeOf(command))
  for (let run = 0; run < peaks; run += 1)
    for (const { command, memory } of measured) memory.push(await peakOf(command))
  for (const { command, times, memory } of measured)
    console.log(`${command.name.padEnd(28)} ${range(times, 'ms').padEnd(26)} peak ${range(memory, 'MiB')}`)
}

/** From the container to a line of the program's stdout. */
const follow = async (command: Command, speaker: Speaker): Promise<void> => {
  const child = spawn(command.program, command.args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const seen = new Map<string, number>()
  createInterface({ input: child.stdout }).on('line', (line) => seen.set(line, performance.now()))
  // Until it follows, and not only reads what there was.
  while (!(await speaker.speak(1).then(() => seen.size > 1))) await sleep(100)
  const written = await speaker.speak(lines)
  await sleep(500)
  child.kill('SIGTERM')
  const late = [...written].map(([line, at]) => (seen.get(line) ?? Number.POSITIVE_INFINITY) - at)
  console.log(
    `${command.name.padEnd(28)} p50 ${percentile(late, 50).toFixed(1)} ms  p99 ${percentile(late, 99).toFixed(1)} ms`,
  )
}

try {
  await installKinds(createCluster(connect(await identify({ kubeconfig: local.kubeconfig }), 'bench')))
  for (let made = 0; made < objects; made += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        send('POST', pathOf('Task', namespace), {
          body: {
            apiVersion: 'kubeopencode.io/v1alpha1',
            kind: 'Task',
            metadata: { name: `task-${made + index}` },
            spec: { description: 'Run the tests, and repair what fails.', agentRef: { name: 'coder' } },
          },
        }),
      ),
    )
  const { processors, model } = machine()
  console.log(`${processors} × ${model}, load ${load()}; median and range of ${runs} runs, memory of ${peaks}`)
  await compare(kubeoc('--help'), kubectl('--help'))
  console.log(`${objects} Tasks`)
  await compare(kubeoc('get', 'tasks'), kubectl('get', 'tasks'))
  console.log(`${lines} lines of a container (of a played kubelet) → the program's stdout`)
  const speaker = await startSpeaker(send, dir, namespace, 'speaks')
  await follow(kubeoc('task', 'logs', '-f', 'speaks'), speaker)
  await follow(kubectl('logs', '-f', 'speaks-pod'), speaker)
  await speaker.close()
} finally {
  await local.stop()
  rmSync(dir, { recursive: true, force: true })
}
