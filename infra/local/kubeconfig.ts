import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { tlsFiles } from './certificates.ts'
import { writeWhole } from './files.ts'
import { apiserverUrl, pki, type Settings } from './settings.ts'

const base64 = (file: string): string => readFileSync(file).toString('base64')

export const kubeconfigFile = (dir: string, user: string): string =>
  user === 'admin' ? join(dir, 'kubeconfig') : join(pki(dir), `${user}.kubeconfig`)

/** Writes a kubeconfig that holds its certificates, so that the one file can be handed on. */
export const writeKubeconfig = (dir: string, settings: Settings, user: string): void => {
  const files = tlsFiles(pki(dir), user)
  const { name } = settings
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: apiserverUrl(settings), 'certificate-authority-data': base64(files.ca) } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': base64(files.certificate), 'client-key-data': base64(files.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
  }
  writeWhole(kubeconfigFile(dir, user), stringify(config, { lineWidth: 0 }))
}
