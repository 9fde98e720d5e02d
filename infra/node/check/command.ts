import { SYSTEM_NAMESPACE } from '../../../crds/names.ts'
import { clock } from '../../clock.ts'
import { identify } from '../../cluster/identity.ts'
import { sender } from '../../cluster/rest.ts'
import { connect } from '../../cluster/undici.ts'
import { runChecks } from './checks.ts'

export const help = `usage: kubeopencode check

Asks an installation whether it works, as helm test does: a Task is completed and a wrong one refused at admission, the
functions look at a new one, and the API answers. Ends with 1 where one of these is not so.

  KUBEOPENCODE_NAMESPACE   namespace in which Tasks are tried; the one that is made is deleted again
  KUBEOPENCODE_API         address of the API with its base path; it is not asked without

In a Pod it uses the Pod's account, elsewhere the kubeconfig. It may create, get and delete Tasks in that namespace.`

/** What `helm test` runs. */
export const run = async (): Promise<void> => {
  const connection = connect(await identify(), 'kubeopencode-check')
  const api = process.env['KUBEOPENCODE_API']
  const failed = await runChecks(
    {
      send: sender(connection),
      api: api ? sender({ ...connection, server: api.replace(/\/$/, '') }) : undefined,
      namespace: process.env['KUBEOPENCODE_NAMESPACE'] || SYSTEM_NAMESPACE,
      clock,
    },
    (line) => console.log(line),
  )
  process.exit(failed === 0 ? 0 : 1)
}
