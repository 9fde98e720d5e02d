import { execFileSync } from 'node:child_process'
import { afterAll, inject } from 'vitest'

/** Every file leaves the node as it found it: the servers of its Agents would slow down all files after it. */
afterAll(() => {
  const all = ['delete', 'agents.kubeopencode.io', '--all', '--all-namespaces', '--wait=false']
  try {
    execFileSync(inject('kubectl'), ['--kubeconfig', inject('kubeconfig'), ...all], { stdio: 'pipe' })
  } catch (error) {
    // A file may end without our CRDs; whatever else went wrong shows in the file that needs the room.
    console.warn(`Agents were left: ${error instanceof Error ? error.message : String(error)}`)
  }
})
