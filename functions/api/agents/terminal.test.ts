import { expect, test } from 'vitest'
import { agent, withAgentSpec } from '../../../test/builders/agent.ts'
import { api } from '../../../test/builders/api.ts'
import { json } from '../../../test/builders/upstream.ts'
import type { Terminal } from './terminal.ts'

const own = '/apis/kubeopencode.io/v1alpha1/namespaces/default/agents/coder'

test('an open terminal tells the time of the apiserver, whatever the clock of this machine shows', async () => {
  const terminal: Terminal = async (_, { keepAwake }) => {
    await keepAwake()
    return new Response(null)
  }
  const date = 'Mon, 01 Jun 2026 15:00:00 GMT'
  const coder = json(agent(withAgentSpec({ standby: { idleTimeout: '10m' } })), 200, { date })
  const { call, asked } = await api(
    { [`GET ${own}`]: () => coder.clone(), [`PATCH ${own}`]: () => coder.clone() },
    { terminal },
  )
  await call('GET', '/api/v1/namespaces/default/agents/coder/terminal', { headers: { upgrade: 'websocket' } })
  expect(asked.at(-1)).toMatchObject({
    method: 'PATCH',
    body: { metadata: { annotations: { 'kubeopencode.io/last-connection-active': '2026-06-01T15:00:00.000Z' } } },
  })
})
