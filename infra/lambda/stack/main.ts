/** `npm run aws:synth -- --cluster cluster.json [--settings settings.json]`: the stack, as `cdk deploy --app dist/aws` takes it. */
import { App } from 'aws-cdk-lib'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../../build/bundle.ts'
import { inputsFrom } from './inputs.ts'
import { createStack } from './stack.ts'

const usage = 'usage: npm run aws:synth -- --cluster FILE [--settings FILE] [--out FOLDER]'
const root = join(import.meta.dirname, '../../..')

const json = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

const synth = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      cluster: { type: 'string' },
      settings: { type: 'string' },
      out: { type: 'string', default: join(root, 'dist/aws') },
    },
  })
  if (values.cluster === undefined)
    throw new Error(`${usage}; FILE is what "aws eks describe-cluster --name NAME --output json" prints`)
  const inputs = inputsFrom(json(values.cluster), values.settings === undefined ? {} : json(values.settings))
  const [webhooks = '', functions = ''] = await bundle(['lambda-webhooks', 'lambda-functions'])
  const app = new App({ outdir: values.out, analyticsReporting: false })
  createStack(app, inputs, { webhooks: dirname(webhooks), functions: dirname(functions) })
  app.synth()
  console.log(
    `${join(values.out, `${inputs.name}.template.json`)}: deploy it with npx aws-cdk deploy --app ${values.out}`,
  )
}

try {
  await synth()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
