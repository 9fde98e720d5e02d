import type { Volume, VolumeMount } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { WEBHOOK_CERTIFICATES, WEBHOOK_SECRET, WEBHOOK_SERVICE } from './installation.ts'

/** Who makes the webhooks' certificate: the controller its `own`, or cert-manager. */
export const certificateModes = ['own', 'cert-manager'] as const
export type CertificateMode = (typeof certificateModes)[number]

/** What the mode changes in other objects. */
export interface Certificates {
  readonly environment: string
  readonly volumes: Volume[]
  readonly mounts: VolumeMount[]
  /** Of the webhook configurations. */
  readonly annotations?: Readonly<Record<string, string>>
}

const volume = 'webhook-tls'
const CERTIFICATE = 'kubeopencode-webhook'

export const certificatesOf = (mode: CertificateMode, namespace: string): Certificates =>
  mode === 'own'
    ? { environment: 'own', volumes: [], mounts: [] }
    : {
        environment: 'mounted',
        volumes: [{ name: volume, secret: { secretName: WEBHOOK_SECRET } }],
        mounts: [{ name: volume, mountPath: WEBHOOK_CERTIFICATES, readOnly: true }],
        annotations: { 'cert-manager.io/inject-ca-from': `${namespace}/${CERTIFICATE}` },
      }

type CertManagerObject = KubeObject & { readonly spec: object }

/**
 * A CA of its own signs the server's certificate, so that a new certificate is trusted while the old one is still
 * served. https://cert-manager.io/docs/configuration/selfsigned/#bootstrapping-ca-issuers
 */
export const certManagerObjects = (
  namespace: string,
  labels: Readonly<Record<string, string>>,
): CertManagerObject[] => {
  const object = (kind: string, name: string, spec: object): CertManagerObject => ({
    apiVersion: 'cert-manager.io/v1',
    kind,
    metadata: { name, namespace, labels },
    spec,
  })
  const ca = 'kubeopencode-webhook-ca'
  const selfSigned = 'kubeopencode-selfsigned'
  const privateKey = { algorithm: 'ECDSA', size: 256 }
  return [
    object('Issuer', selfSigned, { selfSigned: {} }),
    object('Certificate', ca, {
      isCA: true,
      commonName: ca,
      secretName: ca,
      duration: '87600h',
      // The renewed CA keeps its key, so what the old one signed is still trusted.
      privateKey: { ...privateKey, rotationPolicy: 'Never' },
      issuerRef: { kind: 'Issuer', name: selfSigned },
    }),
    object('Issuer', ca, { ca: { secretName: ca } }),
    object('Certificate', CERTIFICATE, {
      secretName: WEBHOOK_SECRET,
      dnsNames: [`${WEBHOOK_SERVICE}.${namespace}.svc`],
      privateKey: { ...privateKey, rotationPolicy: 'Always' },
      issuerRef: { kind: 'Issuer', name: ca },
    }),
  ]
}
