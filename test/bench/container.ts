import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../infra/build/bundle.ts'
import { issue } from '../../infra/certificates/issue.ts'
import { ports } from '../../infra/generate/installation.ts'
import { registerWebhooks, unregisterWebhooks } from '../../infra/node/install-dev.ts'
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

/** The container's program as its image starts it, with mounted certificates. */
export const spawnContainer = (file: string, kubeconfig: string, serving: Serving): Spawned => {
  const folder = mkdtempSync(join(tmpdir(), 'koc-container-'))
  writeFileSync(join(folder, 'tls.crt'), serving.certificate)
  writeFileSync(join(folder, 'tls.key'), serving.key)
  const child = spawn(process.execPath, [file, 'controller'], {
    stdio: 'ignore',
    env: {
      KUBECONFIG: kubeconfig,
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
  const { child, end } = spawnContainer(file, rig.kubeconfig, serving)
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
