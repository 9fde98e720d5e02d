import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tally } from '../audit.ts'
import type { Serving } from '../measurements.ts'
import type { Rig } from '../rig.ts'
import { functionsUser, personUser } from '../rig.ts'
import type { CpuProfile } from './cpu.ts'
import { spentIn } from './cpu.ts'
import type { Profiled } from './report.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** Makes `work` and tells what the functions did meanwhile; nothing is told where they were started anew in it. */
export const withProfile = async <T>(
  rig: Rig,
  { functions }: Serving,
  file: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly profiled: Omit<Profiled, 'name'> | undefined }> => {
  const watched = functions()
  await watched.probe?.begin()
  const mark = rig.audit.mark()
  const result = await work()
  if (!watched.probe || functions() !== watched) return { result, profiled: undefined }
  const delay = await watched.probe.end(file)
  const tasks = rig.audit
    .since(mark, personUser)
    .filter(({ verb, resource, code }) => verb === 'create' && resource === 'tasks' && code === 201).length
  const requests = tally(rig.audit.since(mark, functionsUser))
  const spent = spentIn(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile, root)
  return { result, profiled: { file, tasks, spent, delay, requests } }
}
