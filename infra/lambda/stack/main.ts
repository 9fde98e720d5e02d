/** `npm run aws:synth -- --cluster cluster.json [--settings settings.json]`: the stack, as `cdk deploy --app dist/aws` takes it. */
import { App } from 'aws-cdk-lib'
import { dirname, join } from 'node:path'
import { bundle } from '../../build/bundle.ts'
import { createCommand, runCommand } from '../../command.ts'
import { jsonFile } from '../../json-file.ts'
import { cdk } from './cdk.ts'
import { inputsFrom } from './inputs.ts'
import { createStack } from './stack.ts'

interface Options {
  readonly cluster: string
  readonly settings?: string
  readonly out: string
}

const synth = async ({ cluster, settings, out }: Options): Promise<void> => {
  const inputs = inputsFrom(jsonFile(cluster), settings === undefined ? {} : jsonFile(settings))
  const [webhooks = '', functions = ''] = await bundle(['lambda-webhooks', 'lambda-functions'])
  const app = new App({ outdir: out, analyticsReporting: false })
  createStack(app, inputs, { webhooks: dirname(webhooks), functions: dirname(functions) })
  app.synth()
  if (inputs.alarmTopicArn === undefined)
    console.error(
      'The alarms of this stack tell nobody: set alarmTopicArn in the file of --settings to the ARN of an SNS topic, and synthesize again.',
    )
  console.log(`${join(out, `${inputs.name}.template.json`)}: deploy it with ${cdk} deploy --app ${out}`)
}

await runCommand(
  createCommand({
    name: 'npm run aws:synth --',
    usage: '--cluster FILE [--settings FILE] [--out FOLDER]',
    description: 'Writes the CloudFormation stack of the functions for one EKS cluster, and what it deploys.',
    needs: ['cluster'],
    examples: [
      'aws eks describe-cluster --name NAME --output json > cluster.json',
      'npm run aws:synth -- --cluster cluster.json',
      'npm run aws:synth -- --cluster cluster.json --settings settings.json',
    ],
  })
    .option('--cluster <file>', 'what "aws eks describe-cluster --name NAME --output json" prints')
    .option('--settings <file>', 'what is to be different, in JSON; docs/aws.md has all settings')
    .option('--out <folder>', 'where it is written', join(import.meta.dirname, '../../../dist/aws'))
    .action(synth),
)
