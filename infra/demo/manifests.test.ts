import { describe, expect, test } from 'vitest'
import { Agent } from '../../crds/agent.ts'
import { Task } from '../../crds/task.ts'
import { demoPrompt, demoRepositoryName } from '../local/demo-job.ts'
import { mockModelConfig } from '../local/mock-model.ts'
import { loadExample, releasedImages } from './manifests.ts'

const mock = loadExample({ kind: 'mock' }, releasedImages)
const key = 'sk-never-printed'
const real = loadExample(
  { kind: 'real', variable: 'ANTHROPIC_API_KEY', key, model: 'anthropic/claude-haiku-4-5' },
  { prefix: 'registry.example.com/team', tag: 'dev-1' },
)

const names = (part: (typeof mock)['servicesPart']): string[] =>
  part.objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)

describe('docs/examples', () => {
  test('is what the schemas allow', () => {
    for (const agent of [mock.agent, real.agent]) expect(Agent.safeParse(agent)).toMatchObject({ success: true })
    expect(Task.safeParse(mock.task)).toMatchObject({ success: true })
  })

  test('uses the repository, the prompt and the model that belong together', () => {
    expect(mock.task.spec.description).toBe(demoPrompt)
    expect(mock.agent.spec.contexts?.[0]?.git?.repository).toContain(`/${demoRepositoryName}.git`)
    const { $schema: _, ...config } = mockModelConfig('http://model.kubeopencode-demo.svc.cluster.local/v1')
    expect(mock.agent.spec.config).toEqual(config)
  })

  test('keeps to one namespace', () => {
    const parts = [mock.servicesPart, mock.agentPart, mock.taskPart]
    for (const { metadata } of parts.flatMap(({ objects }) => objects)) expect(metadata?.namespace).toBe(mock.namespace)
  })
})

describe('with a real model', () => {
  test('the key is in a Secret and nowhere else', () => {
    const secret = real.agentPart.objects.find(({ kind }) => kind === 'Secret')
    expect(secret).toMatchObject({ stringData: { ANTHROPIC_API_KEY: key } })
    expect(JSON.stringify(real.agent)).not.toContain(key)
    expect(real.agent.spec.config).toMatchObject({ enabled_providers: ['anthropic'] })
  })

  test('the mock model stays out', () => {
    expect(names(mock.servicesPart)).toContain('Deployment model')
    expect(names(real.servicesPart)).toEqual(['Deployment git', 'Service git'])
  })

  test('images come from where the user says', () =>
    expect(JSON.stringify(real.servicesPart)).toContain('"registry.example.com/team/kubeopencode-demo:dev-1"'))
})
