import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod, Secret } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import { conditionOf } from '../../shared/conditions.ts'
import type { Plan } from '../../shared/plan.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { available, serviceAccount } from '../../test/builders/core.ts'
import { coderAccess } from '../../test/builders/passwords.ts'
import { ownedBy, pod, theAgent, waiting } from '../../test/builders/pod.ts'
import { agentSight, settings } from '../../test/builders/sight.ts'
import { task } from '../../test/builders/task.ts'
import { later, now } from '../../test/builders/time.ts'
import { world } from '../../test/builders/world.ts'
import { guardPortOf } from './access.ts'
import { decideAgent } from './decide.ts'
import type { AgentSight } from './sight.ts'

const deploymentOf = ({ apply = [] }: Plan) => apply.find(({ kind }) => kind === 'Deployment') as Deployment | undefined
const warningOf = ({ status }: Plan) =>
  conditionOf((status as AgentSight['parent']['status'])?.conditions, 'ServerPasswordWarning')

/** The first plan was carried out, and the server answers or does not. */
const made = (seen: Partial<AgentSight> = {}, readyReplicas = 1): AgentSight => {
  const deployment = deploymentOf(decideAgent(agentSight(seen), now))!
  return agentSight({ ...seen, deployment: available(deployment, readyReplicas) })
}
const missesSecret = ownedBy(theAgent)(
  pod(waiting('CreateContainerConfigError', 'secret "coder-server-auth" not found')),
)
const otherKey = await (async () => {
  const passwords = passwordsFrom(async () => new Uint8Array(32).fill(1))
  return passwords.of({ namespace: 'default', name: 'coder', uid: 'agent-uid-1' })
})()

describe('a new Agent', () => {
  const plan = decideAgent(agentSight(), now)
  const [secret] = plan.ensure as [Secret]
  const { template } = deploymentOf(plan)!.spec!
  const [server, guard] = template.spec!.containers

  test('has its password in a Secret of its own', () => {
    expect(secret.metadata).toMatchObject({ name: 'coder-server-auth', namespace: 'default' })
    expect(secret).toEqual(ownedBy(theAgent)(secret))
    expect(atob(secret.data!['password']!)).toBe(coderAccess.password)
  })

  test('names it and never shows it', () => {
    expect(JSON.stringify([plan.apply, plan.status, plan.events])).not.toContain(coderAccess.password)
    expect(template.metadata?.annotations?.['kubeopencode.io/server-password-sha256']).toBe(coderAccess.digest)
    for (const container of [server, guard])
      expect(container?.env).toContainEqual({
        name: 'OPENCODE_SERVER_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'coder-server-auth', key: 'password' } },
      })
  })

  test('starts with no other password', () =>
    expect(server?.command?.at(-1)).toMatch(/sha256sum[^]*exit 1\nfi\n[^]*\nsupervised \/tools\/opencode serve/))

  test('says where it is, once there is a server that has it', () => {
    expect(plan.status).not.toHaveProperty('authSecretName')
    expect(decideAgent(made(), now).status).toMatchObject({ authSecretName: 'coder-server-auth' })
  })
})

describe('an Agent that is there', () => {
  test('asks for nothing again', () => expect(decideAgent(made(), later(10)).ensure).toEqual([]))

  test('gets its Secret again when the kubelet misses it', () =>
    expect(decideAgent(made({ pods: [missesSecret] }, 0), later(10)).ensure).toHaveLength(1))

  test('keeps its password when the key has changed, and says so', () => {
    const plan = decideAgent({ ...made(), access: otherKey }, later(10))
    expect(deploymentOf(plan)?.spec?.template.metadata?.annotations).not.toMatchObject({
      'kubeopencode.io/server-password-sha256': otherKey.digest,
    })
    expect(plan.ensure).toEqual([])
    expect(warningOf(plan)).toMatchObject({ status: 'True', reason: 'KeyChanged' })
    expect(warningOf(plan)?.message).toContain('delete Secret default/coder-server-auth and Deployment')
  })

  test('gets the new key’s password once the old Secret is gone', () => {
    const plan = decideAgent({ ...made({}, 0), access: otherKey, pods: [missesSecret] }, later(10))
    expect(atob((plan.ensure as Secret[])[0]!.data!['password']!)).toBe(otherKey.password)
    expect(deploymentOf(plan)?.spec?.template.metadata?.annotations).toMatchObject({
      'kubeopencode.io/server-password-sha256': otherKey.digest,
    })
    expect(warningOf(plan)).toBeUndefined()
  })
})

describe('where the cluster asks for no password', () => {
  const open = { settings: { ...settings, security: { ...settings.security, requireServerPassword: false } } }
  const without = { ...open, access: undefined }
  const plan = decideAgent(agentSight(without), now)

  test('there is none', () => {
    expect(plan.ensure).toEqual([])
    expect(plan.status).not.toHaveProperty('authSecretName')
    expect(JSON.stringify(plan.apply)).not.toMatch(/PASSWORD|guard/)
  })

  test('clients still send it until the last server that asks for it has gone', () => {
    const before = { ...made(), ...without }
    const asked = decideAgent(before, later(10))
    expect(asked.status).toMatchObject({ authSecretName: 'coder-server-auth' })
    const parent = { ...before.parent, status: asked.status as AgentSight['parent']['status'] & object }
    const rolled = deploymentOf(asked)!
    const rolling: Deployment = { ...rolled, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1 } }
    expect(decideAgent({ ...before, parent, deployment: rolling }, later(20)).status).toMatchObject({
      authSecretName: 'coder-server-auth',
    })
    const settled = decideAgent({ ...before, parent, deployment: available(rolled) }, later(30))
    expect(settled.status).not.toHaveProperty('authSecretName')
  })
})

test('the guard’s port is nobody else’s', () => {
  expect(guardPortOf([4096, 8080])).toBe(9400)
  expect(guardPortOf([9401, 9400])).toBe(9402)
  const parent = agent(withAgentSpec({ extraPorts: [{ name: 'x', port: 9400, protocol: 'TCP' }] }))
  const { containers } = deploymentOf(decideAgent(agentSight({ parent }), now))!.spec!.template.spec!
  expect(containers.find(({ name }) => name === 'guard')?.ports).toEqual([{ name: 'guard', containerPort: 9401 }])
})

describe('on a cluster', () => {
  const key = { kind: 'Agent', namespace: 'default', name: 'coder' } as const

  test('the Secret comes before what names it, and a settled world asks no more', async () => {
    const { look, serve, sweeps } = world(agent())
    const writes = await look(key)
    expect(writes.indexOf('create Secret default/coder-server-auth')).toBe(0)
    expect(writes).toContain('apply Deployment default/coder-server')
    await serve()
    await look(key)
    expect(await sweeps(key)).toEqual([])
  })

  test('a Secret that was deleted under a running server is made again for the Task that misses it', async () => {
    const { cluster, look, serve, read } = world(agent(), serviceAccount(), task())
    const job = { kind: 'Task', namespace: 'default', name: 'job' } as const
    await look(key)
    await serve()
    await look(key, job)
    const made = (await read('Secret', 'coder-server-auth')) as Secret
    cluster.drop({ kind: 'Secret', namespace: 'default', name: 'coder-server-auth' })
    const waits = waiting('CreateContainerConfigError', 'secret "coder-server-auth" not found')
    const starting = waits((await read('Pod', 'job-pod')) as Pod)
    // It has run before, and said why it ended.
    const told = { terminated: { exitCode: 1, message: 'the password is another' } }
    const containerStatuses = starting.status?.containerStatuses?.map((one) => ({ ...one, lastState: told }))
    const again: Pod = { ...starting, status: { ...starting.status, containerStatuses: containerStatuses ?? [] } }
    cluster.put(again)
    expect(await look(job)).toContain('create Secret default/coder-server-auth')
    expect(((await read('Secret', 'coder-server-auth')) as Secret).data).toEqual(made.data)
  })

  test('a Secret that somebody else made first is left alone, and the server says so by not starting', async () => {
    const foreign: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'coder-server-auth', namespace: 'default' },
      data: { password: btoa('guessed') },
    }
    const { look, read } = world(agent(), foreign)
    await look(key)
    expect(((await read('Secret', 'coder-server-auth')) as Secret).data).toEqual({ password: btoa('guessed') })
    const { spec } = (await read('Deployment', 'coder-server')) as Deployment
    expect(spec?.template.metadata?.annotations).toMatchObject({
      'kubeopencode.io/server-password-sha256': coderAccess.digest,
    })
  })
})
