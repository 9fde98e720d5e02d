import { build } from 'esbuild'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programs } from '../../infra/build/bundle.ts'
import budgets from './size-budgets.json' with { type: 'json' }
import { budgeted, sizeOf } from './size.ts'

const root = join(import.meta.dirname, '../..')

test('every budget is for a program that there is', () => {
  expect(budgeted.toSorted()).toEqual(Object.keys(budgets).toSorted())
})

test.each(budgeted)('%s is within its budget', async (name) => {
  const { gzipBytes } = await sizeOf(name)
  expect(gzipBytes).toBeGreaterThan(0)
  expect(gzipBytes).toBeLessThanOrEqual(budgets[name].gzipKiB * 1024)
})

const modulesOf = async (name: string): Promise<string[]> => {
  const entry = programs.find((program) => program.name === name)!.entry
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    outdir: join(root, 'dist/never-written'),
    absWorkingDir: root,
  })
  return Object.keys(metafile.inputs)
}

describe('the webhooks on AWS', () => {
  test('bring nothing that only the functions need', async () => {
    const modules = await modulesOf('lambda-webhooks')
    expect(modules.length).toBeGreaterThan(50)
    expect(
      modules.filter((file) =>
        /client-sqs|\/decide\.ts$|^functions\/(task|agent|cron-task|schedule)\/|^infra\/bus\/sqs/.test(file),
      ),
    ).toEqual([])
  })
  test('and the functions bring no admission', async () => {
    expect((await modulesOf('lambda-functions')).filter((file) => file.startsWith('webhooks/'))).toEqual([])
  })
})
