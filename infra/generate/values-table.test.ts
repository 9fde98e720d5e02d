import { expect, test } from 'vitest'
import { valuesTable } from './values-table.ts'

test('each value has a row with its path, its default and what it is for', () => {
  const schema = {
    properties: {
      replicas: { description: 'Copies.' },
      mode: { description: 'a|b' },
      server: { description: 'The API.', properties: { enabled: {}, hosts: { description: 'Names.' } } },
      resources: { description: 'Of it.', properties: { requests: {}, claims: {} } },
      unset: { description: 'Without a default.' },
    },
  }
  const defaults = { replicas: 2, mode: 'a', server: { enabled: true, hosts: [] }, resources: { requests: { cpu: 1 } } }
  expect(valuesTable(schema, defaults).split('\n')).toEqual([
    '| value | default | |',
    '|---|---|---|',
    '| `replicas` | `2` | Copies. |',
    '| `mode` | `"a"` | a\\|b |',
    '| `server` | | The API. |',
    '| `server.enabled` | `true` |  |',
    '| `server.hosts` | `[]` | Names. |',
    '| `resources` | | Of it. |',
    '| `resources.requests` | `{"cpu":1}` |  |',
    '',
  ])
})
