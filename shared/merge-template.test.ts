import { describe, expect, test } from 'vitest'
import { agent, agentTemplate, withAgentSpec, withTemplateSpec } from '../test/builders/agent.ts'
import { mergeTemplate } from './merge-template.ts'

const template = agentTemplate(
  withTemplateSpec({
    executorImage: 'template/image:v1',
    contexts: [{ name: 'rules', type: 'Text', text: 'Be kind.', fileMode: 0o644 }],
    quota: { maxTaskStarts: 5, windowSeconds: 60 },
    podSpec: { labels: { team: 'a' }, annotations: { note: 'b' } },
  }),
).spec

describe('mergeTemplate', () => {
  const cases = [
    {
      name: 'what the Agent does not set is the template’s',
      set: {},
      want: { executorImage: 'template/image:v1', quota: { maxTaskStarts: 5, windowSeconds: 60 } },
    },
    {
      name: 'a scalar of the Agent wins',
      set: { executorImage: 'own/image:v2' },
      want: { executorImage: 'own/image:v2' },
    },
    { name: 'an empty list counts as set', set: { contexts: [] }, want: { contexts: [] } },
    {
      name: 'an object of the Agent replaces the whole',
      set: { podSpec: { labels: { team: 'b' } } },
      want: { podSpec: { labels: { team: 'b' } } },
    },
  ]
  test.each(cases)('$name', ({ set, want }) =>
    expect(mergeTemplate(agent(withAgentSpec(set)).spec, template)).toMatchObject(want),
  )

  test('an object is not merged into', () =>
    expect(mergeTemplate(agent(withAgentSpec({ podSpec: {} })).spec, template).podSpec).toEqual({}))

  test('workspaceDir is one clean path, whoever sets it', () => {
    expect(mergeTemplate(agent(withAgentSpec({ workspaceDir: '/work//space/' })).spec, template).workspaceDir).toBe(
      '/work/space',
    )
    const { workspaceDir: _own, ...spec } = agent().spec
    expect(mergeTemplate(spec, { ...template, workspaceDir: '/srv/./code/' }).workspaceDir).toBe('/srv/code')
  })

  test('without a template the Agent stands alone', () =>
    expect(mergeTemplate(agent().spec, undefined)).toEqual(agent().spec))
})
