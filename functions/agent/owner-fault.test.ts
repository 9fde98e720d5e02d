import type { Deployment } from 'kubernetes-types/apps/v1'
import type { PersistentVolumeClaim, Service } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import { ownedBy, theAgent } from '../../test/builders/pod.ts'
import { agentSight } from '../../test/builders/sight.ts'
import { ownerFault } from './owner-fault.ts'
import type { AgentSight } from './sight.ts'

const ours = ownedBy(theAgent)
const stranger = ownedBy({ kind: 'Agent', name: 'other', uid: 'other-uid' })
const labels = { 'kubeopencode.io/agent': 'coder' }

const claim: PersistentVolumeClaim = {
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'coder-server-sessions', namespace: 'default', labels },
}
const workspace: PersistentVolumeClaim = {
  ...claim,
  metadata: { ...claim.metadata, name: 'coder-server-workspace' },
}
const deployment: Deployment = { kind: 'Deployment', metadata: { name: 'coder-server', namespace: 'default', labels } }
const service: Service = { kind: 'Service', metadata: { name: 'coder', namespace: 'default' } }

const cases: { name: string; sight: Partial<AgentSight>; says: RegExp | undefined }[] = [
  { name: 'its own', sight: { claims: [ours(claim)], service: ours(service) }, says: undefined },
  {
    name: 'a claim of nobody is kept by a command that gives it to the Agent',
    sight: { claims: [claim] },
    says: /belongs to nobody.*to keep what is in it.*kubectl patch pvc coder-server-sessions -n default -p '.*"name":"coder","uid":"[^"]+","controller":true/,
  },
  {
    name: 'all that is left is told at once',
    sight: { claims: [claim, workspace], deployment },
    says: /kubectl patch pvc coder-server-sessions coder-server-workspace -n default.*kubectl delete deployment\/coder-server -n default$/,
  },
  {
    name: 'who has to rename the Agent is told nothing else',
    sight: { claims: [claim], service },
    says: /^Service default\/coder belongs to another owner; rename the Agent or remove that object$/,
  },
  {
    name: 'a claim of another is not to be removed',
    sight: { claims: [stranger(claim)] },
    says: /belongs to another owner; rename the Agent, as removing the claim would delete what is in it/,
  },
  {
    name: 'what was made of an Agent of that name and belongs to nobody is made anew',
    sight: { deployment },
    says: /Deployment default\/coder-server belongs to nobody.*kubectl delete deployment\/coder-server -n default$/,
  },
  {
    name: 'what somebody else made without an owner is theirs',
    sight: { service },
    says: /Service default\/coder belongs to another owner; rename the Agent or remove that object/,
  },
]

describe('ownerFault', () => {
  test.each(cases)('$name', ({ sight, says }) => {
    const message = ownerFault(agentSight(sight))
    if (says) expect(message).toMatch(says)
    else expect(message).toBeUndefined()
  })

  test('the command takes the claim as its own', () => {
    const seen = agentSight({ claims: [claim] })
    const patch: unknown = JSON.parse(/-p '(.*?)'/.exec(ownerFault(seen) ?? '')?.[1] ?? '')
    const { ownerReferences } = (patch as { metadata: PersistentVolumeClaim['metadata'] & object }).metadata
    const given = { ...claim, metadata: { ...claim.metadata, ...(ownerReferences && { ownerReferences }) } }
    expect(ownerFault(agentSight({ claims: [given] }))).toBeUndefined()
  })
})
