import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { person } from './people.ts'
import type { Served } from './served.ts'

/** Somebody with this ClusterRole in namespace `default`, or with no rights at all. Gives the path of their kubeconfig. */
export const personWith = async (served: Served, name: string, role?: string): Promise<string> => {
  const { send, dir, kubeconfig, kubectl } = served
  const token = await person(send, 'default', name, ...(role === undefined ? [] : [role]))
  const view = ['--kubeconfig', kubeconfig, 'config', 'view', '--raw', '--flatten']
  const config = parse(execFileSync(kubectl, view, { encoding: 'utf8' })) as { users: { user: object }[] }
  for (const entry of config.users) entry.user = { token }
  const file = join(dir, `${name}.kubeconfig`)
  writeFileSync(file, JSON.stringify(config))
  return file
}
