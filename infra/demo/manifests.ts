/** The manifests of docs/examples/, and the few places where a run of the demo differs from them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { imagePrefix, version } from '../../shared/images.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { type Provider, realConfig } from './provider.ts'

export const examplesFolder = 'docs/examples'
const root = join(import.meta.dirname, '../..')

/** Where images come from: `prefix/kubeopencode:tag` and its siblings. */
export type ImageSource = { readonly prefix: string; readonly tag: string }

export const releasedImages: ImageSource = { prefix: imagePrefix, tag: version }

const read = (file: string, images: ImageSource): KubeObject[] => {
  const text = readFileSync(join(root, examplesFolder, file), 'utf8')
  const moved = text.replaceAll(
    new RegExp(`${imagePrefix}/([a-z-]+):${version}\\b`, 'g'),
    (_, name: string) => `${images.prefix}/${name}:${images.tag}`,
  )
  return parseAllDocuments(moved).map((document) => document.toJS() as KubeObject)
}

const ofKind = (objects: readonly KubeObject[], kind: string, file: string): KubeObject => {
  const found = objects.find((object) => object.kind === kind)
  if (!found) throw new Error(`${examplesFolder}/${file} has no ${kind}; restore it from the repository.`)
  return found
}

const keySecret = 'model-key'

const withRealModel = (agent: Agent, { variable, model }: Extract<Provider, { kind: 'real' }>): Agent => ({
  ...agent,
  spec: {
    ...agent.spec,
    config: { ...realConfig(model) },
    credentials: [{ name: 'model', secretRef: { name: keySecret, key: variable }, env: variable, fileMode: 0o600 }],
  },
})

/** One file of docs/examples with the objects that are applied for it. */
export type Part = { readonly file: string; readonly objects: readonly KubeObject[] }

export type Example = {
  readonly namespace: string
  readonly agent: Agent
  readonly task: Task
  readonly namespacePart: Part
  readonly servicesPart: Part
  readonly agentPart: Part
  readonly taskPart: Part
}

export const anotherTaskFile = `${examplesFolder}/5-another-task.yaml`

/** Throws a sentence when a file of docs/examples is not as the demo needs it. */
export const loadExample = (provider: Provider, images: ImageSource): Example => {
  const part = (file: string): Part => ({ file: `${examplesFolder}/${file}`, objects: read(file, images) })
  const namespacePart = part('1-namespace.yaml')
  const services = part('2-services.yaml')
  const agentFile = part('3-agent.yaml')
  const taskPart = part('4-task.yaml')
  const namespace = ofKind(namespacePart.objects, 'Namespace', '1-namespace.yaml').metadata?.name ?? ''
  const written = ofKind(agentFile.objects, 'Agent', '3-agent.yaml') as Agent
  const agent = provider.kind === 'real' ? withRealModel(written, provider) : written
  const secret = provider.kind === 'real' && {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: keySecret, namespace },
    stringData: { [provider.variable]: provider.key },
  }
  return {
    namespace,
    agent,
    task: ofKind(taskPart.objects, 'Task', '4-task.yaml') as Task,
    namespacePart,
    // The mock model stays out where a real one is used.
    servicesPart: {
      ...services,
      objects: services.objects.filter(({ metadata }) => provider.kind === 'mock' || metadata?.name !== 'model'),
    },
    agentPart: {
      ...agentFile,
      objects: [
        ...(secret ? [secret] : []),
        ...agentFile.objects.map((object) => (object === written ? agent : object)),
      ],
    },
    taskPart,
  }
}
