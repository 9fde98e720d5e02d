/** `npm run --silent workers:register -- --url URL < secret | kubectl apply --server-side -f -`: the cluster's side of the Worker. */
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import { yamlDocuments } from '../../generate/manifests.ts'
import { clusterObjects } from './objects.ts'

try {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, namespace: { type: 'string', default: SYSTEM_NAMESPACE } },
  })
  if (values.url === undefined)
    throw new Error(
      'usage: npm run --silent workers:register -- --url URL [--namespace NAME]; the secret comes on standard input',
    )
  const secret = (await text(process.stdin)).trim()
  process.stdout.write(yamlDocuments(clusterObjects({ namespace: values.namespace, url: values.url, secret })))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
