import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentReasons, agentTemplateReasons, configReasons, cronTaskReasons, taskReasons } from './reasons.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/reasons.md'), 'utf8')

const kinds = {
  Task: taskReasons,
  Agent: agentReasons,
  AgentTemplate: agentTemplateReasons,
  CronTask: cronTaskReasons,
  KubeOpenCodeConfig: configReasons,
}

test.each(Object.entries(kinds))('each reason of a %s is explained, and no other', (kind, reasons) => {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${kind}\n`)) ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$/gm)]
  expect(rows.map(([, reason = '']) => reason).toSorted()).toEqual(Object.keys(reasons).toSorted())
})
