import type { ValidatingWebhookConfiguration } from 'kubernetes-types/admissionregistration/v1'
import { validatingName } from '../../webhooks/configurations.ts'
import type { Rig } from '../bench/rig.ts'

const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${validatingName}`

/** Somebody has written it since it was read. */
const conflict = 409

/** From now on the apiserver tells nobody what is written: every event of it is lost. Gives what undoes it. */
export const deafen = async ({ send }: Rig): Promise<() => Promise<void>> => {
  const put = async (
    change: (all: ValidatingWebhookConfiguration['webhooks']) => ValidatingWebhookConfiguration['webhooks'],
    attempts = 10,
  ): Promise<NonNullable<ValidatingWebhookConfiguration['webhooks']>> => {
    const found = (await (await send('GET', path)).json()) as ValidatingWebhookConfiguration
    const before = found.webhooks ?? []
    const answer = await send('PUT', path, { body: { ...found, webhooks: change(before) } })
    if (answer.status === conflict && attempts > 1) return put(change, attempts - 1)
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`)
    return before
  }
  const all = await put((webhooks = []) => {
    const others = webhooks.filter(({ clientConfig: { url = '' } }) => !url.includes('/observe/'))
    if (others.length === webhooks.length) throw new Error(`${validatingName} has no webhook that observes`)
    return others
  })
  return async () => void (await put(() => all))
}
