import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issue } from '../../../infra/certificates/issue.ts'
import { unregisterWebhooks } from '../../../infra/node/install-dev.ts'
import { mutatingConfiguration, validatingConfiguration } from '../../../webhooks/configurations.ts'
import type { FunctionsProcess } from '../functions-process.ts'
import { measuredProcess } from '../functions-process.ts'
import { paths, taskObject } from '../objects.ts'
import { until } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { taskHooks } from './hooks.ts'
import { peprProgram } from './install.ts'

/** A framework with the rules of a Task. */
export interface Framework {
  /** Its program for node. */
  readonly program: () => Promise<string>
  /** The path of a hook, by its type. */
  readonly path: (type: 'mutate' | 'validate', plain: string) => string
  /** Whether an object that was let in bears its hand and no other's. */
  readonly hasJudged: (object: string) => boolean
}

const pathSecret = 'bench'
const label = '"kubeopencode.io/agent":"coder"'
/** Pepr writes on each object how its module fared. */
const annotation = '"bench.pepr.dev/tasks":"succeeded"'

export const ours: Framework = {
  program: async () => join(import.meta.dirname, 'ours.ts'),
  path: (_, plain) => plain,
  hasJudged: (object) => object.includes(label) && !object.includes(annotation),
}
export const pepr: Framework = {
  program: peprProgram,
  path: (type) => `/${type}/${pathSecret}`,
  hasJudged: (object) => object.includes(label) && object.includes(annotation),
}

const readySeconds = 30

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const endOf = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n')

/** What it says of a create that is a dry run. */
const asked = async (rig: Rig, spec: object): Promise<{ readonly status: number; readonly text: string }> => {
  const body = { ...taskObject('is-judged', 'coder'), spec }
  const answer = await rig.send('POST', `${paths.tasks('default')}?dryRun=All`, { body })
  return { status: answer.status, text: await answer.text() }
}

const good = { description: 'Say hello.', agentRef: { name: 'coder' } }
/** Nothing but a webhook refuses it: the schema knows the address of metadata by its usual spelling alone. */
const bad = { ...good, contexts: [{ type: 'URL', mountPath: 'a', url: { source: 'http://2852039166/' } }] }

/** Both hooks do what they should: the label of the Agent is set, and a host that no Pod may ask is refused. */
const isJudging = async (rig: Rig, { hasJudged }: Framework): Promise<boolean> => {
  const [letIn, refused] = [await asked(rig, good), await asked(rig, bad)]
  return (
    letIn.status === 201 &&
    hasJudged(letIn.text) &&
    refused.status === 422 &&
    refused.text.includes('spec.contexts[0].url.source: must be another host')
  )
}

export interface Running extends FunctionsProcess {
  /** It judges from now on what is written to the rig, and nobody else does. */
  readonly judge: () => Promise<void>
}

/** Nobody judges from now on. */
export const judgeNothing = async (rig: Rig): Promise<void> => {
  await unregisterWebhooks(rig.functions)
  const isUnjudged = async (): Promise<boolean> => {
    const { status, text } = await asked(rig, good)
    return status === 201 && !text.includes(label)
  }
  await until(() => 'creates are judged after the webhooks are gone', isUnjudged, readySeconds)
}

/** A framework's program in a process of its own. */
export const startFramework = async (rig: Rig, framework: Framework): Promise<Running> => {
  const { program, path } = framework
  const file = await program()
  const folder = mkdtempSync(join(tmpdir(), 'koc-webhooks-'))
  const { serving, authority } = await issue({ names: ['127.0.0.1'], now: new Date() })
  const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(certificate, serving.certificate)
  writeFileSync(key, serving.key)
  const port = await freePort()
  const logFile = join(folder, 'log')
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', log, log],
    env: {
      NODE_ENV: 'production',
      HOME: folder,
      KUBECONFIG: rig.kubeconfig,
      PORT: String(port),
      SSL_CERT_PATH: certificate,
      SSL_KEY_PATH: key,
      PEPR_API_PATH: pathSecret,
    },
  })
  closeSync(log)
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })
  }
  const hooks = taskHooks.map((hook) => ({ ...hook, path: path(hook.type as 'mutate' | 'validate', hook.path) }))
  const options = { reach: { url: `https://127.0.0.1:${port}` }, caBundle: authority.certificate }
  const judge = async (): Promise<void> => {
    // Half of one framework and half of the other would be neither.
    await judgeNothing(rig)
    await rig.functions.apply(mutatingConfiguration(hooks, options))
    await rig.functions.apply(validatingConfiguration(hooks, options))
    await until(
      () => `${file} does not judge, or judges otherwise; the end of its log:\n${endOf(logFile)}`,
      () => isJudging(rig, framework),
      readySeconds,
    )
  }
  return { ...measuredProcess(child, stop), judge }
}
