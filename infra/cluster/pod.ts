import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sentenceOf } from '../../shared/errors.ts'
import { reread } from './credentials.ts'
import type { Identity, IdentityOptions } from './endpoint.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Where the kubelet mounts it: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const usualFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The apiserver's address as every Pod is told it; undefined elsewhere. */
export const serverOfPod = (variables: Variables): string | undefined => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables
  return host ? `https://${host.includes(':') ? `[${host}]` : host}:${port}` : undefined
}

const mounted = (folder: string, name: string): string => {
  const file = join(folder, name)
  let why = 'it is empty'
  let cause: unknown
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (text !== '') return text
  } catch (error) {
    cause = error
    why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : sentenceOf(error)
  }
  throw new Error(
    `the account of this Pod cannot be used: ${file}: ${why}; let its ServiceAccount's token be mounted (automountServiceAccountToken: true), or set KUBECONFIG`,
    { cause },
  )
}

/** The account that the kubelet mounts in this Pod, and rotates; undefined outside of one. Throws where its files are missing. */
export const accountOfPod = (
  { asNobody = false, log }: IdentityOptions = {},
  variables: Variables = process.env,
): Identity | undefined => {
  const server = serverOfPod(variables)
  if (server === undefined) return undefined
  const folder = variables['KUBEOPENCODE_ACCOUNT_DIR'] || usualFolder
  const read = () => ({
    ca: mounted(folder, 'ca.crt'),
    ...(!asNobody && { headers: { authorization: `Bearer ${mounted(folder, 'token')}` } }),
  })
  read()
  return {
    server,
    credentials: reread(read, log),
    context: '',
    user: '',
    namespace: asNobody ? undefined : mounted(folder, 'namespace'),
    certificate: undefined,
  }
}
