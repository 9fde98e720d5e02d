import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { Objects, Ref } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { Cluster } from '../../shared/ports.ts'
import { passwordKeyBytes } from '../../shared/server-passwords.ts'
import { SERVER_KEY_SECRET } from '../generate/installation.ts'

const dataKey = 'key'

const keyIn = ({ data }: Objects['Secret']): Uint8Array<ArrayBuffer> | undefined => {
  try {
    const bytes = Uint8Array.from(atob(data?.[dataKey] ?? ''), (letter) => letter.charCodeAt(0))
    return bytes.length === passwordKeyBytes ? bytes : undefined
  } catch {
    return undefined
  }
}

/**
 * The key that the passwords of all Agents' servers are made from, out of its Secret, which is made where it is missing: with
 * the one that is `known`, or a new one. Any number of copies may ask at once; all get the same. Throws TerminalError where
 * the Secret holds no key: another one in its place would lock every server.
 */
export const serverKey = async (
  cluster: Cluster,
  namespace: string,
  known?: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> => {
  const ref: Ref<'Secret'> = { kind: 'Secret', namespace, name: SERVER_KEY_SECRET }
  const found = await cluster.get(ref)
  if (found) {
    const key = keyIn(found)
    if (key) return key
    throw new TerminalError(
      'InvalidKey',
      `Secret ${namespace}/${SERVER_KEY_SECRET} has no ${passwordKeyBytes} bytes in its key "${dataKey}": restore it, or delete it: a controller that runs puts its key there, and where none does, every Agent's server has to get a new password`,
    )
  }
  const fresh = known ?? crypto.getRandomValues(new Uint8Array(passwordKeyBytes))
  const isMade = await cluster.create({
    apiVersion: resources.Secret.apiVersion,
    kind: 'Secret',
    metadata: {
      namespace,
      name: SERVER_KEY_SECRET,
      labels: { 'app.kubernetes.io/managed-by': 'kubeopencode' },
    },
    type: 'Opaque',
    immutable: true,
    data: { [dataKey]: btoa(String.fromCharCode(...fresh)) },
  } as Objects['Secret'])
  if (isMade) return fresh
  throw new RetryableError(`Secret ${namespace}/${SERVER_KEY_SECRET} was made by another copy and is read again`)
}
