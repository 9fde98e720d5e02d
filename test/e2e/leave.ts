import { execFileSync } from 'node:child_process'
import { afterAll, inject } from 'vitest'

/** No file leaves Agents to the next: their servers would slow it down. Nor CronTasks, which would go on making Tasks. */
afterAll(() => {
  const all = [
    'delete',
    'agents.kubeopencode.io,crontasks.kubeopencode.io',
    '--all',
    '--all-namespaces',
    '--wait=false',
  ]
  try {
    const options = { stdio: 'pipe', timeout: 60_000 } as const
    execFileSync(inject('kubectl'), ['--kubeconfig', inject('kubeconfig'), ...all], options)
  } catch (error) {
    // A file may end without our CRDs; whatever else went wrong shows in the file that needs the room.
    console.warn(`Agents were left: ${error instanceof Error ? error.message : String(error)}`)
  }
})
