import { describe, expect, test } from 'vitest'
import type { Service } from 'kubernetes-types/core/v1'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { ownedBy } from '../../test/builders/pod.ts'
import { agentSight, settings } from '../../test/builders/sight.ts'
import { now } from '../../test/builders/time.ts'
import type { Told } from '../../test/builders/told.ts'
import { messageOf, told } from '../../test/builders/told.ts'
import {
  agentTable,
  allThere,
  asleep,
  password,
  seenAgain,
  serving,
  settled,
  unmade,
} from '../../test/builders/agent-table.ts'
import { agentRefused } from './refused.ts'
import type { AgentSight } from './sight.ts'

/** The settings of a cluster whose administrator allows only this. */
const closed = (security: Partial<AgentSight['settings']['security']>): AgentSight['settings'] => ({
  ...settings,
  security: { ...settings.security, ...security },
})

const git = { repository: 'https://evil.example.org/x.git', ref: 'HEAD', depth: 1, recurseSubmodules: false }

const madeAnyway = (reason: string): Told => ({
  phase: 'Pending',
  conditions: [...unmade, `Ready=False ${reason}`],
  ensure: password,
  apply: allThere,
  events: ['Normal DeploymentCreated', 'Normal ServiceCreated'],
  again: 30,
})

describe('what is wrong with an Agent', () => {
  const invalid = (reason: string, again?: number): Told => ({
    phase: 'Invalid',
    conditions: [...unmade, `Ready=False ${reason}`],
    ...(again !== undefined && { again }),
  })
  const context = (name: string) => ({ configMap: { name, optional: false }, fileMode: 0o644 })
  const stranger = ownedBy({ kind: 'Agent', name: 'other', uid: 'other-uid' })
  agentTable([
    {
      name: 'a template that is not there',
      sight: agentSight({ parent: agent(withAgentSpec({ templateRef: { name: 'base' } })) }),
      want: invalid('InvalidTemplateRef', 30),
      says: ['Ready', 'AgentTemplate default/base does not exist; create it or correct spec.templateRef'],
    },
    {
      name: 'a ConfigMap that is not there',
      sight: agentSight({ parent: agent(withAgentSpec({ contexts: [context('none')] })) }),
      want: invalid('InvalidContext', 30),
      says: ['Ready', /ConfigMap default\/none does not exist/],
    },
    {
      name: 'contexts that cannot be laid out, whatever comes',
      sight: agentSight({
        parent: agent(
          withAgentSpec({
            contexts: [
              { text: 'a', mountPath: 'x', fileMode: 0o644 },
              { text: 'b', mountPath: 'x', fileMode: 0o644 },
            ],
          }),
        ),
      }),
      want: invalid('InvalidContext'),
      says: ['Ready', 'mount path conflict: two contexts want /workspace/x'],
    },
    {
      name: 'a Service of somebody else is neither adopted nor overwritten',
      sight: agentSight({
        service: stranger<Service>({ kind: 'Service', metadata: { name: 'coder', namespace: 'default' } }),
      }),
      want: invalid('InvalidOwner', 30),
      says: ['Ready', 'Service default/coder belongs to another owner; rename the Agent or remove that object'],
    },
    {
      name: 'a configuration that OpenCode would not start with',
      sight: agentSight({ parent: agent(withAgentSpec({ config: { server: { port: 'many' } } })) }),
      want: invalid('InvalidConfig'),
      says: ['Ready', 'spec.config.server.port: must be a whole number, but is a text in quotes'],
    },
    {
      name: 'the same, as a text',
      sight: agentSight({ parent: agent(withAgentSpec({ config: '{"share": "all"}' })) }),
      want: invalid('InvalidConfig'),
      says: ['Ready', 'spec.config.share: must be one of manual, auto, disabled'],
    },
    {
      name: 'a ServiceAccount that is not there: the objects are made, and the message says it',
      sight: agentSight({ isAccountMissing: true }),
      want: madeAnyway('InvalidServiceAccount'),
      says: ['Ready', 'ServiceAccount default/bot does not exist; create it'],
    },
    {
      name: 'a StorageClass that is not there: the objects are made, and the message says it',
      sight: agentSight({ missingStorageClasses: ['fast'] }),
      want: madeAnyway('InvalidStorageClass'),
      says: ['Ready', /^StorageClass fast does not exist; create it/],
    },
    {
      name: 'a ServiceAccount that the cluster does not allow',
      sight: agentSight({ settings: closed({ allowedServiceAccounts: ['agent'] }) }),
      want: invalid('InvalidServiceAccount'),
      says: [
        'Ready',
        /^spec.serviceAccountName: ServiceAccount bot is not allowed in this cluster: use one of agent, or/,
      ],
    },
    {
      name: 'images that the cluster does not allow',
      sight: agentSight({
        settings: closed({ allowedImages: ['registry.example.com'], requireImageDigest: true }),
        parent: agent(withAgentSpec({ executorImage: 'debian:12' })),
      }),
      want: invalid('InvalidSpec'),
      says: [
        'Ready',
        /^spec.executorImage: image debian:12 is not allowed in this cluster.*; spec.executorImage: image debian:12 has no digest/,
      ],
    },
    {
      name: 'a repository that the cluster does not allow',
      sight: agentSight({
        settings: closed({ allowedGitHosts: ['*.example.com'] }),
        parent: agent(withAgentSpec({ contexts: [{ git, mountPath: 'code', fileMode: 0o644 }] })),
      }),
      want: invalid('InvalidContext'),
      says: ['Ready', /^spec.contexts\[0\].git.repository: host evil.example.org is not allowed in this cluster/],
    },
    {
      name: 'a fault while the server runs: what is there is left as it is',
      sight: seenAgain(settled(), withAgentSpec({ contexts: [context('none')] })),
      want: { phase: 'Invalid', conditions: [...serving.slice(0, 3), 'Ready=False InvalidContext'], again: 30 },
    },
    {
      name: 'suspended, with a fault',
      sight: agentSight({ parent: agent(withAgentSpec({ suspend: true, contexts: [context('none')] })) }),
      want: {
        phase: 'Invalid',
        conditions: [...asleep('UserRequested').slice(0, 3), 'Ready=False InvalidContext'],
        events: ['Normal UserSuspended'],
        again: 30,
      },
    },
    {
      name: 'suspended, with a fault, while the server runs: it is ended and kept as it is otherwise',
      sight: seenAgain(settled(), withAgentSpec({ suspend: true, contexts: [context('none')] })),
      want: {
        phase: 'Invalid',
        conditions: [...asleep('UserRequested').slice(0, 3), 'Ready=False InvalidContext'],
        change: ['Deployment default/coder-server {"spec":{"replicas":0}}'],
        events: ['Normal UserSuspended'],
        again: 30,
      },
    },
  ])

  test('a refusal by the apiserver is the whole reason', () => {
    const plan = agentRefused(settled(), 'cannot apply Deployment default/coder-server: violates PodSecurity', now)
    expect(told(plan)).toEqual({
      phase: 'Invalid',
      conditions: [...serving.slice(0, 3), 'Ready=False InvalidSpec'],
    })
    expect(messageOf(plan, 'Ready')).toMatch(/violates PodSecurity/)
  })
})
