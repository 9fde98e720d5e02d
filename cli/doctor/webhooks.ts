import { X509Certificate } from 'node:crypto'
import type { ValidatingWebhook } from 'kubernetes-types/admissionregistration/v1'
import { API_VERSION, labels } from '../../crds/names.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import {
  mutatingConfiguration,
  mutatingName,
  validatingConfiguration,
  validatingName,
} from '../../webhooks/configurations.ts'
import { hooks } from '../../webhooks/table.ts'
import type { Access } from '../cluster/access.ts'
import type { Finding } from './check.ts'
import { certificateFinding, fault, ok, unknown, warning } from './check.ts'

interface Configuration {
  readonly webhooks?: readonly ValidatingWebhook[]
}

const anywhere = { reach: { url: 'https://unused' } }
const wanted: Readonly<Record<string, readonly { readonly name: string }[]>> = {
  [mutatingName]: mutatingConfiguration(hooks, anywhere).webhooks ?? [],
  [validatingName]: validatingConfiguration(hooks, anywhere).webhooks ?? [],
}

const upgrade = 'install KubeOpenCode of this version'

/** Certificates in PEM, one after the other. */
const certificatesIn = (pem: string): X509Certificate[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(
    ([block]) => new X509Certificate(block),
  )

/** The authority that has the longest time left: after a rotation the old one stands beside it for a while. */
const authorityFinding = (subject: string, webhooks: readonly ValidatingWebhook[], now: Date): Finding[] => {
  const bundles = webhooks.flatMap(({ clientConfig }) => clientConfig.caBundle ?? [])
  if (bundles.length === 0)
    return webhooks.some(({ clientConfig }) => clientConfig.service)
      ? [
          fault(
            subject,
            'has no CA: the apiserver trusts nobody there; the controller, or cert-manager, writes it when it runs',
          ),
        ]
      : []
  try {
    const ends = bundles.map((bundle) =>
      Math.max(
        ...certificatesIn(Buffer.from(bundle, 'base64').toString('utf8')).map(({ validTo }) => Date.parse(validTo)),
      ),
    )
    const first = new Date(Math.min(...ends))
    return [certificateFinding(`CA of ${subject}`, first, now, 'a controller that runs renews it')]
  } catch (error) {
    return [fault(`CA of ${subject}`, `cannot be read: ${sentenceOf(error)}`)]
  }
}

export const configurationFindings = (name: string, found: Configuration | undefined, now: Date): Finding[] => {
  const subject = `webhooks ${name}`
  const expected = wanted[name] ?? []
  if (!found) return [fault(subject, `are not registered: ${upgrade}, or start its controller`)]
  const webhooks = found.webhooks ?? []
  const missing = expected.filter(({ name: one }) => !webhooks.some((webhook) => webhook.name === one))
  const extra = webhooks.filter(({ name: one }) => !expected.some((webhook) => webhook.name === one))
  const authority = authorityFinding(subject, webhooks, now)
  if (missing.length > 0)
    return [fault(subject, `lack ${missing.map((one) => one.name).join(', ')}: ${upgrade}`), ...authority]
  if (extra.length > 0)
    return [
      warning(
        subject,
        `has ${extra.map((one) => one.name).join(', ')}, which this kubeoc does not know: upgrade kubeoc`,
      ),
      ...authority,
    ]
  return [ok(subject, `are registered (${webhooks.length})`), ...authority]
}

/** A Task that only a mutating webhook gives its label: storing nothing, it shows whether the apiserver reaches them. */
const probe = (namespace: string) => ({
  apiVersion: API_VERSION,
  kind: 'Task',
  metadata: { generateName: 'kubeoc-doctor-', namespace },
  spec: { description: 'Are the webhooks there?', agentRef: { name: 'kubeoc-doctor' } },
})

const checkReach = async ({ api, namespace }: Access): Promise<Finding> => {
  const subject = 'admission'
  try {
    const made = await api.create<KubeObject>(probe(namespace), { dryRun: true, isQuiet: true })
    return made.metadata?.labels?.[labels.agent] === 'kubeoc-doctor'
      ? ok(subject, 'answers: a Task on trial was defaulted and judged')
      : fault(subject, 'lets Tasks through without looking at them: the mutating webhook is not called')
  } catch (error) {
    const says = sentenceOf(error)
    if (/you may not/.test(says)) return unknown(subject, `is not tried: ${says}`)
    if (/failed calling webhook/.test(says))
      return fault(
        subject,
        `does not answer: ${says}. A controller has to be ready, and the apiserver has to reach port 9443 of its Pods (docs/networks.md)`,
      )
    return warning(subject, `was tried in vain: ${says}`)
  }
}

export const servingFinding = (subject: string, pem: Buffer, now: Date): Finding => {
  try {
    const { validTo } = new X509Certificate(pem)
    return certificateFinding(subject, new Date(validTo), now, 'a controller that runs renews it')
  } catch {
    return fault(subject, 'cannot be read: a controller that runs makes another within a minute')
  }
}

/** The certificate the webhooks serve, where the person may read its Secret. */
const checkServing = async ({ api }: Access, webhooks: readonly ValidatingWebhook[], now: Date): Promise<Finding[]> => {
  const namespace = webhooks.find(({ clientConfig }) => clientConfig.service)?.clientConfig.service?.namespace
  if (namespace === undefined) return []
  const name = 'kubeopencode-webhook-tls'
  const subject = `certificate in Secret ${namespace}/${name}`
  try {
    const secret = await api.find({ kind: 'Secret', namespace, name })
    const pem = secret?.data?.['tls.crt']
    if (pem === undefined) return [warning(subject, 'is not there: the controller makes it when it runs')]
    return [servingFinding(subject, Buffer.from(pem, 'base64'), now)]
  } catch (error) {
    return [unknown(subject, sentenceOf(error))]
  }
}

export const checkWebhooks = async (access: Access, now: Date): Promise<Finding[]> => {
  const { api } = access
  const read = async (kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration', name: string) => {
    try {
      const found = (await api.find({ kind, name })) as Configuration | undefined
      return { found, findings: configurationFindings(name, found, now) }
    } catch (error) {
      return { found: undefined, findings: [unknown(`webhooks ${name}`, sentenceOf(error))] }
    }
  }
  const [mutating, validating, reach] = await Promise.all([
    read('MutatingWebhookConfiguration', mutatingName),
    read('ValidatingWebhookConfiguration', validatingName),
    checkReach(access),
  ])
  return [
    ...mutating.findings,
    ...validating.findings,
    reach,
    ...(await checkServing(access, validating.found?.webhooks ?? [], now)),
  ]
}
