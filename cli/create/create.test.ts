import { describe, expect, test } from 'vitest'
import { judgeFiles } from '../manifests/judge-all.ts'
import { newAgent } from './agent.ts'
import { newCronTask } from './cron-task.ts'

/** What admission would say of it. */
const faultsOf = async (object: object): Promise<string[]> => {
  const { findings } = await judgeFiles([{ name: 'made', text: JSON.stringify(object) }], 'team')
  return findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)
}

describe('an Agent', () => {
  test('is what its template says, and what the options say beside it', async () => {
    const options = {
      template: 'base',
      profile: 'Nights',
      maxConcurrentTasks: '3',
      idleTimeout: '30m',
      waitTimeout: '3m',
    }
    const made = newAgent('coder', options, 'team')
    expect(made).toMatchObject({ kind: 'Agent', metadata: { name: 'coder', namespace: 'team' } })
    expect(made.spec).toEqual({
      templateRef: { name: 'base' },
      profile: 'Nights',
      maxConcurrentTasks: 3,
      standby: { idleTimeout: '30m' },
    })
    expect(await faultsOf(made)).toEqual([])
  })

  test.each(['many', '-1', '1.5', ''])('of %s Tasks at once is a usage error', (maxConcurrentTasks) =>
    expect(() => newAgent('coder', { template: 'base', maxConcurrentTasks, waitTimeout: '3m' }, 'team')).toThrow(
      'is no number of Tasks',
    ),
  )
})

describe('a CronTask', () => {
  const made = (more: object = {}) =>
    newCronTask('nightly', 'Update', { schedule: '0 3 * * *', agent: 'coder', ...more }, 'team')

  test('makes the Task that the options describe', async () => {
    const cronTask = made({ timeZone: 'Europe/Berlin', timeout: '30m', suspend: true })
    expect(cronTask.spec).toEqual({
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      suspend: true,
      taskTemplate: { spec: { description: 'Update', agentRef: { name: 'coder' }, timeout: '30m' } },
    })
    expect(await faultsOf(cronTask)).toEqual([])
  })

  test('of two doers, or of none, is a usage error', () => {
    expect(() => made({ template: 'base' })).toThrow('choose one')
    expect(() => made({ agent: undefined })).toThrow('say who does it')
  })
})
