import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../infra/build/bundle.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { defaults } from '../../infra/generate/install.ts'
import { ports } from '../../infra/generate/installation.ts'
import { registerWebhooks, unregisterWebhooks } from '../../infra/node/install-dev.ts'
import type { Account } from './account.ts'
import { controllerAccount } from './account.ts'
import type { FunctionsProcess } from './functions-process.ts'
import { measuredProcess } from './functions-process.ts'
import { paths, taskObject } from './objects.ts'
import { until } from './pace.ts'
import type { Rig } from './rig.ts'

const readySeconds = 30

interface Spawned {
  readonly child: ChildProcess
  /** Ends it with `signal` and waits until it has ended. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

type Serving = Awaited<ReturnType<typeof issue>>['serving']

/** How the image starts node, but for the program. */
const imageArguments = (): readonly string[] => {
  const wrapper = readFileSync(join(import.meta.dirname, '../../infra/images/kubeopencode/kubeopencode'), 'utf8')
  const [, words] = /^exec node (.*)\/app\/kubeopencode\/main\.js /m.exec(wrapper) ?? []
  if (words === undefined) throw new Error('the image starts the container in a way that is not known here')
  return words.split(' ').filter((word) => word !== '')
}

/**
 * What Node 24 takes from a container's memory limit, which a program of a bench does not have: half of it for what has lived
 * for a while, and for each half of what is new 1 MiB up to 512 MiB (16 MiB of 1 GiB).
 */
const heapOfLimit: Readonly<Record<string, readonly string[]>> = {
  '512Mi': ['--max-old-space-size=256', '--max-semi-space-size=1'],
}

const heapArguments = (): readonly string[] => {
  const { memory } = defaults.resources.limits
  const found = heapOfLimit[memory]
  if (!found) throw new Error(`what Node takes from a limit of ${memory} is not known here: add it to heapOfLimit`)
  return found
}

/** The container's program as its image starts it in a Pod with the chart's memory limit, with mounted certificates. */
export const spawnContainer = (file: string, account: Account, serving: Serving): Spawned => {
  const folder = mkdtempSync(join(tmpdir(), 'koc-container-'))
  writeFileSync(join(folder, 'tls.crt'), serving.certificate)
  writeFileSync(join(folder, 'tls.key'), serving.key)
  for (const [name, text] of Object.entries({
    'ca.crt': account.ca,
    token: account.token,
    namespace: account.namespace,
  }))
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  const { hostname, port } = new URL(account.server)
  const child = spawn(process.execPath, [...heapArguments(), ...imageArguments(), file, 'controller'], {
    stdio: 'ignore',
    env: {
      // No kubeconfig is there.
      HOME: folder,
      NODE_ENV: 'production',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port || '443',
      KUBEOPENCODE_ACCOUNT_DIR: folder,
      KUBEOPENCODE_CERTIFICATES: 'mounted',
      KUBEOPENCODE_CERTIFICATES_DIR: folder,
    },
  })
  const exited = once(child, 'exit')
  const end: Spawned['end'] = async (signal) => {
    child.kill(signal)
    await exited
    rmSync(folder, { recursive: true })
  }
  return { child, end }
}

/** The container's program with its webhooks registered, once it judges; `npm run dev` must not be running. */
export const startContainer = async (rig: Rig): Promise<FunctionsProcess> => {
  const [file = ''] = await bundle(['kubeopencode'])
  const { serving, authority } = await issue({ names: ['127.0.0.1'], now: new Date() })
  const { child, end } = spawnContainer(file, await controllerAccount(rig.send, rig.url, rig.ca), serving)
  const stop = async (): Promise<void> => {
    await unregisterWebhooks(rig.functions)
    await end('SIGTERM')
  }
  const dryRun = `${paths.tasks('default')}?dryRun=All`
  const isJudged = (): Promise<boolean> =>
    rig.person.send('POST', dryRun, taskObject('is-judged', 'nobody')).then(
      () => true,
      () => false,
    )
  try {
    await registerWebhooks(rig.functions, `https://127.0.0.1:${ports.webhooks}`, authority.certificate)
    await until(
      () => `the container does not judge; does something else listen on ${ports.webhooks}?`,
      isJudged,
      readySeconds,
    )
  } catch (error) {
    await stop()
    throw error
  }
  return measuredProcess(child, stop)
}
