import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { Agent } from '../crds/agent.ts'
import { AgentTemplate } from '../crds/agent-template.ts'
import { decideAgent } from '../functions/agent/decide.ts'
import { mergeTemplate } from '../shared/merge-template.ts'
import { hooks } from '../webhooks/table.ts'
import { configMap } from './builders/core.ts'
import { agentSight } from './builders/sight.ts'
import { now } from './builders/time.ts'

const folder = join(import.meta.dirname, '../docs/examples')

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
}

/** As kubectl reads them: YAML 1.1, where 0400 is octal. */
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))
const objects = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }).map((document) => ({
    file,
    object: document.toJS() as Manifest,
  })),
)
const stored = objects.map(({ file, object }) => {
  const hook = hooks.find(({ type, kind }) => type === 'mutate' && kind === object.kind)
  return { file, object: (hook?.type === 'mutate' ? hook.mutate(object) : object) as Manifest }
})
const named = ({ file, object }: (typeof stored)[number]) =>
  [`${file}: ${object.kind} ${object.metadata.name}`, object] as const

describe('an example of the docs is admitted as it is', () => {
  const own = stored.filter(({ object }) => hooks.some(({ type, kind }) => type === 'validate' && kind === object.kind))
  test.each(own.map(named))('%s', (_name, object) => {
    const hook = hooks.find(({ type, kind }) => type === 'validate' && kind === object.kind)
    if (hook?.type !== 'validate') throw new Error(`nobody validates ${object.kind}`)
    const { faults, warnings } = hook.validate(object)
    expect(faults).toEqual([])
    expect(warnings).toEqual([])
  })
})

describe('an Agent of the docs becomes a Deployment', () => {
  const templates = stored.flatMap(({ object }) =>
    object.kind === 'AgentTemplate' ? [AgentTemplate.parse(object)] : [],
  )
  const agents = stored.filter(({ object }) => object.kind === 'Agent')
  test.each(agents.map(named))('%s', (_name, object) => {
    const parent = Agent.parse({ ...object, metadata: { ...object.metadata, namespace: 'default', uid: 'u' } })
    const template = templates.find(({ metadata }) => metadata.name === parent.spec.templateRef?.name)
    const plan = decideAgent(
      agentSight({
        parent,
        template,
        profile: mergeTemplate(parent.spec, template?.spec),
        contextMaps: new Map([['my-scripts', configMap('my-scripts', { 'build.sh': 'make' })]]),
      }),
      now,
    )
    expect(plan.apply?.map(({ kind }) => kind)).toContain('Deployment')
  })
})
