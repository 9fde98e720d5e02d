/** `npm run --silent aws:register -- --url URL < secret | kubectl apply --server-side -f -`: the cluster's side of the stack. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { yamlDocuments } from '../../generate/manifests.ts'
import { settingsFrom } from '../stack/inputs.ts'
import { clusterObjects } from './objects.ts'

try {
  const { values } = parseArgs({ options: { url: { type: 'string' }, settings: { type: 'string' } } })
  if (values.url === undefined)
    throw new Error(
      'usage: npm run --silent aws:register -- --url URL [--settings FILE]; the secret comes on standard input',
    )
  const settings: unknown = values.settings === undefined ? {} : JSON.parse(readFileSync(values.settings, 'utf8'))
  const secret = (await text(process.stdin)).trim()
  process.stdout.write(yamlDocuments(clusterObjects({ ...settingsFrom(settings), url: values.url, secret })))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
