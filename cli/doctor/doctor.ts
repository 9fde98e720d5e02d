import type { Deployment } from 'kubernetes-types/apps/v1'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { CommandError } from '../errors.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { print, say } from '../io.ts'
import { version } from '../version.ts'
import { checkAgents } from './agents.ts'
import type { Finding } from './check.ts'
import { certificateFinding, fault, ok, unknown, warning } from './check.ts'
import { checkKinds } from './kinds.ts'
import { checkRights } from './rights.ts'
import { controllerSelector, controllersIn, controllerVersion } from './version.ts'
import { checkWebhooks } from './webhooks.ts'

export interface DoctorOptions extends ClusterOptions {
  readonly output?: string
}

/** The oldest Kubernetes whose apiserver can select by fields of a CRD, which the functions do. */
const oldestMinor = 31

const checkServer = async ({ api, caller }: Access, now: Date): Promise<Finding[]> => {
  const found = await api.ask<{ gitVersion: string; major: string; minor: string }>(
    'cannot ask the apiserver for its version',
    'GET',
    '/version',
  )
  const minor = Number.parseInt(found?.minor ?? '0', 10)
  const subject = 'apiserver'
  const at = `${found?.gitVersion} at ${caller.server}`
  return [
    minor < oldestMinor && found?.major === '1'
      ? fault(subject, `is ${at}: KubeOpenCode needs 1.${oldestMinor} or newer`)
      : ok(subject, `is ${at}`),
    ...(caller.certificateEnds
      ? [certificateFinding(`certificate of user ${caller.user}`, caller.certificateEnds, now, 'get a new one')]
      : []),
  ]
}

/** Admission works while one copy is ready; fewer than are asked for is worth a look. */
export const readiness = ({ metadata: { name, namespace } = {}, spec, status }: Deployment): Finding => {
  const { readyReplicas = 0 } = status ?? {}
  const wanted = spec?.replicas ?? 1
  const at = `Deployment ${namespace}/${name}, ${readyReplicas} of ${wanted}`
  if (readyReplicas >= wanted && readyReplicas > 0) return ok('controller', `is ready (${at})`)
  const look = `kubectl logs deployment/${name} -n ${namespace}, and kubectl describe pods -l ${controllerSelector} -n ${namespace}, say why`
  return readyReplicas > 0
    ? warning('controller', `is not ready as a whole (${at}): ${look}`)
    : fault('controller', `is not ready (${at}): ${look}`)
}

const checkController = async (access: Access): Promise<Finding[]> => {
  const subject = 'controller'
  try {
    const found = await controllersIn(access, SYSTEM_NAMESPACE)
    if (found.length === 0)
      return [
        warning(
          subject,
          'has no Deployment here: install KubeOpenCode, if it does not run elsewhere (Lambda, Workers, npm run dev)',
        ),
      ]
    return found.flatMap((deployment) => {
      const its = controllerVersion(deployment)
      return [
        readiness(deployment),
        ...(/^v?\d+\.\d+/.test(its) && its.replace(/^v/, '') !== version
          ? [
              warning(
                subject,
                `has version ${its}, and this kubeoc ${version}: lint and render tell of another version than that`,
              ),
            ]
          : []),
      ]
    })
  } catch (error) {
    return [unknown(subject, sentenceOf(error))]
  }
}

const words = { ok: 'ok', warning: 'warning', fault: 'fault', unknown: 'unknown' } as const

const lineOf = ({ colors }: Io, { subject, state, says }: Finding): string => {
  const paint = { ok: colors.out.green, warning: colors.out.yellow, fault: colors.out.red, unknown: colors.out.dim }[
    state
  ]
  return `${paint(words[state].padEnd(8))} ${subject}: ${says}`
}

export const doctor = async (io: Io, options: DoctorOptions): Promise<void> => {
  const output = outputOf(options.output, ['text', 'json'] as const) ?? 'text'
  const access = await openCluster(options, io)
  const now = io.now()
  const findings: Finding[] = []
  const tell = (found: readonly Finding[]): void => {
    findings.push(...found)
    if (output === 'text') for (const finding of found) print(io, lineOf(io, finding))
  }
  // Where the apiserver does not answer there is nothing else to look at.
  tell(await checkServer(access, now))
  for (const look of [
    checkKinds(access),
    checkWebhooks(access, now),
    checkController(access),
    checkAgents(access, now),
    checkRights(access),
  ])
    tell(await look)
  if (output === 'json') print(io, JSON.stringify({ findings }, undefined, 2))
  const faults = findings.filter(({ state }) => state === 'fault').length
  const warnings = findings.filter(({ state }) => state === 'warning').length
  if (faults > 0) throw new CommandError(`${faults} ${faults === 1 ? 'fault' : 'faults'} found`)
  if (output === 'text') say(io, warnings > 0 ? `All works; ${warnings} to look at.` : 'All is well.')
}
