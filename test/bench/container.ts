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

/** The container's program as its image has it, with its webhooks registered; `npm run dev` must not be running. */
export const startContainer = async (rig: Rig): Promise<FunctionsProcess> => {
  const [file = ''] = await bundle(['kubeopencode'])
  const folder = mkdtempSync(join(tmpdir(), 'koc-container-'))
  const { serving, authority } = await issue({ names: ['127.0.0.1'], now: new Date() })
  writeFileSync(join(folder, 'tls.crt'), serving.certificate)
  writeFileSync(join(folder, 'tls.key'), serving.key)
  const child = spawn(process.execPath, [file, 'controller'], {
    stdio: 'ignore',
    env: {
      KUBECONFIG: rig.kubeconfig,
      KUBEOPENCODE_CERTIFICATES: 'mounted',
      KUBEOPENCODE_CERTIFICATES_DIR: folder,
    },
  })
  const exited = once(child, 'exit')
  await registerWebhooks(rig.functions, `https://127.0.0.1:${ports.webhooks}`, authority.certificate)
  const dryRun = `${paths.tasks('default')}?dryRun=All`
  const isJudged = (): Promise<boolean> =>
    rig.person.send('POST', dryRun, taskObject('is-judged', 'nobody')).then(
      () => true,
      () => false,
    )
  await until(
    () => `the container does not judge; does something else listen on ${ports.webhooks}?`,
    isJudged,
    readySeconds,
  )
  return measuredProcess(child, async () => {
    await unregisterWebhooks(rig.functions)
    child.kill('SIGTERM')
    await exited
    rmSync(folder, { recursive: true })
  })
}
