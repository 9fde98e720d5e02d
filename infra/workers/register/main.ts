/** `npm run --silent workers:register -- --url URL < secret | kubectl apply --server-side -f -`: the cluster's side of the Worker. */
import { text } from 'node:stream/consumers'
import { SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import { createCommand, runCommand } from '../../command.ts'
import { yamlDocuments } from '../../generate/manifests.ts'
import { clusterObjects } from './objects.ts'

const register = async (options: { readonly url: string; readonly namespace: string }): Promise<void> => {
  const secret = (await text(process.stdin)).trim()
  process.stdout.write(yamlDocuments(clusterObjects({ ...options, secret })))
}

await runCommand(
  createCommand({
    name: 'npm run --silent workers:register --',
    usage: '--url URL [--namespace NAME] < SECRET',
    description:
      "Writes the cluster's side of the Worker: kinds, the functions' account with its token, rights and webhooks. The webhooks' secret comes on standard input.",
    needs: ['url'],
    examples: [
      'npm run --silent workers:register -- --url https://kubeopencode.NAME.workers.dev < webhook-secret | kubectl apply --server-side -f -',
    ],
  })
    .option('--url <url>', 'address of the Worker')
    .option('--namespace <name>', 'where the account is', SYSTEM_NAMESPACE)
    .action(register),
)
