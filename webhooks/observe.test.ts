import { describe, expect, test } from 'vitest'
import { observeAgent } from './agent/observe.ts'
import { observeConfig } from './config/observe.ts'
import { observeAgentPart } from './agent-parts/observe.ts'
import type { Metadata } from './observe.ts'
import { observePod } from './pod/observe.ts'
import { observeTask } from './task/observe.ts'

const meta = (labels: Record<string, string> = {}): Metadata => ({ name: 'x', namespace: 'team', labels })
const key = (kind: string, name = 'x') => ({ kind, namespace: 'team', name })
const ofTemplate = (name: string) => meta({ 'kubeopencode.io/agent-template': name })

describe('who looks after a write', () => {
  const cases = [
    {
      name: 'a Task, at itself',
      got: observeTask({ operation: 'CREATE', metadata: meta({ 'kubeopencode.io/agent': 'a' }), prior: undefined }),
      want: [key('Task')],
    },
    {
      name: 'a Task that goes, its Agent and its CronTask too',
      got: observeTask({
        operation: 'DELETE',
        metadata: meta({ 'kubeopencode.io/agent': 'a', 'kubeopencode.io/crontask': 'c' }),
        prior: undefined,
      }),
      want: [key('Task'), key('Agent', 'a'), key('CronTask', 'c')],
    },
    {
      name: 'a new Agent, its template too',
      got: observeAgent({ operation: 'CREATE', metadata: ofTemplate('t'), prior: undefined }),
      want: [key('Agent'), key('AgentTemplate', 't')],
    },
    {
      name: 'an Agent that keeps its template',
      got: observeAgent({ operation: 'UPDATE', metadata: ofTemplate('t'), prior: ofTemplate('t') }),
      want: [key('Agent')],
    },
    {
      name: 'an Agent that changes its template',
      got: observeAgent({ operation: 'UPDATE', metadata: ofTemplate('t'), prior: ofTemplate('s') }),
      want: [key('Agent'), key('AgentTemplate', 't'), key('AgentTemplate', 's')],
    },
    {
      name: 'an Agent that leaves its template',
      got: observeAgent({ operation: 'UPDATE', metadata: meta(), prior: ofTemplate('s') }),
      want: [key('Agent'), key('AgentTemplate', 's')],
    },
    {
      name: 'the Pod of a Task',
      got: observePod({ operation: 'UPDATE', metadata: meta({ 'kubeopencode.io/task': 't' }), prior: undefined }),
      want: [key('Task', 't')],
    },
    {
      name: 'the Pod of an Agent’s Task that goes, the Agent too: a slot is free',
      got: observePod({
        operation: 'DELETE',
        metadata: meta({ 'kubeopencode.io/task': 't', 'kubeopencode.io/served-by': 'a' }),
        prior: undefined,
      }),
      want: [key('Task', 't'), key('Agent', 'a')],
    },
    {
      name: 'a Pod of somebody else',
      got: observePod({ operation: 'UPDATE', metadata: meta(), prior: undefined }),
      want: [],
    },
    {
      name: 'the Deployment of an Agent',
      got: observeAgentPart({
        operation: 'UPDATE',
        metadata: meta({ 'kubeopencode.io/agent': 'a' }),
        prior: undefined,
      }),
      want: [key('Agent', 'a')],
    },
    {
      name: 'the settings of the cluster have no namespace',
      got: observeConfig({ operation: 'UPDATE', metadata: { name: 'cluster' }, prior: undefined }),
      want: [{ kind: 'KubeOpenCodeConfig', name: 'cluster' }],
    },
  ]
  test.each(cases)('$name', ({ got, want }) => expect(got).toEqual(want))
})
