import { describe, expect, test } from 'vitest'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import type { Schema } from './complete.ts'
import { suggestionsAt } from './complete.ts'

const schemaOf = (kind: string): Schema => {
  const found = kinds.find((one) => one.kind === kind)
  return found ? (customResourceDefinition(found).spec.versions[0]?.schema.openAPIV3Schema as Schema) : {}
}

/** What is offered at the `¦`. */
const at = (kind: string, text: string) => {
  const caret = text.indexOf('¦')
  return suggestionsAt(text.replace('¦', ''), caret, schemaOf(kind))
}
const labels = (kind: string, text: string) => at(kind, text)?.options.map(({ label }) => label)

describe('what the editor offers', () => {
  test.each([
    { name: 'fields that begin so', kind: 'Task', text: 'spec:\n  desc¦', want: ['description'] },
    { name: 'none that is there already', kind: 'Task', text: 'spec:\n  timeout: 1m\n  t¦', want: ['templateRef'] },
    {
      name: 'fields of an object in an object',
      kind: 'Agent',
      text: 'spec:\n  standby:\n    ¦',
      want: ['idleTimeout'],
    },
    { name: 'at the root', kind: 'Task', text: 'sp¦', want: ['spec'] },
    {
      name: 'of an item of a list, without those of its neighbour',
      kind: 'Task',
      text: 'spec:\n  contexts:\n    - name: a\n      type: Text\n    - ty¦',
      want: ['type'],
    },
    {
      name: 'of a list that is not indented',
      kind: 'Task',
      text: 'spec:\n  contexts:\n  - name: a\n    mount¦',
      want: ['mountPath'],
    },
    {
      name: 'values of a choice',
      kind: 'CronTask',
      text: 'spec:\n  concurrencyPolicy: ¦',
      want: ['Forbid', 'Allow', 'Replace'],
    },
    { name: 'true or false', kind: 'CronTask', text: 'spec:\n  suspend: t¦', want: ['true'] },
    { name: 'nothing inside of a text', kind: 'Task', text: 'spec:\n  description: |\n    time¦', want: undefined },
    { name: 'nothing in words', kind: 'Task', text: 'spec:\n  description: fix the¦', want: undefined },
    { name: 'fields after a text', kind: 'Task', text: 'spec:\n  description: |\n    a\n  timeo¦', want: ['timeout'] },
    { name: 'nothing of what nobody knows', kind: 'Task', text: 'spec:\n  unknown:\n    ¦', want: undefined },
  ])('$name', ({ kind, text, want }) => expect(labels(kind, text)).toEqual(want))

  test('each with its type and its description, and what is written', () => {
    expect(at('Agent', 'spec:\n  stand¦')).toEqual({
      from: 8,
      to: 13,
      options: [
        {
          label: 'standby',
          type: 'object',
          description: 'Suspends the Agent while it is idle and resumes it for the next Task.',
          insert: 'standby:\n    ',
        },
      ],
    })
  })
})
