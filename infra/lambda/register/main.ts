/** `npm run --silent aws:register -- --url URL < secret | kubectl apply --server-side -f -`: the cluster's side of the stack. */
import { text } from 'node:stream/consumers'
import { createCommand, runCommand } from '../../command.ts'
import { yamlDocuments } from '../../generate/manifests.ts'
import { jsonFile } from '../../json-file.ts'
import { settingsFrom } from '../stack/inputs.ts'
import { clusterObjects } from './objects.ts'

interface Options {
  readonly url: string
  readonly settings?: string
}

const register = async ({ url, settings }: Options): Promise<void> => {
  const given = settingsFrom(settings === undefined ? {} : jsonFile(settings))
  const secret = (await text(process.stdin)).trim()
  process.stdout.write(yamlDocuments(clusterObjects({ ...given, url, secret })))
}

await runCommand(
  createCommand({
    name: 'npm run --silent aws:register --',
    usage: '--url URL [--settings FILE] < SECRET',
    description:
      "Writes the cluster's side of the stack: kinds, rights and webhooks. The webhooks' secret comes on standard input.",
    needs: ['url'],
    examples: [
      'npm run --silent aws:register -- --url https://x.lambda-url.eu-central-1.on.aws/ < webhook-secret | kubectl apply --server-side -f -',
      'npm run --silent aws:register -- --url "$URL" --settings settings.json < webhook-secret > cluster-side.yaml',
    ],
  })
    .option('--url <url>', 'the output WebhookUrl of the stack')
    .option('--settings <file>', 'the settings that the stack was synthesized with')
    .action(register),
)
