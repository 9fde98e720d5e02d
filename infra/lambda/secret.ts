import type { SSMClient } from '@aws-sdk/client-ssm'
import { GetParameterCommand, SSMClient as Client } from '@aws-sdk/client-ssm'
import { sentenceOf } from '../../shared/errors.ts'
import type { IsSecret } from '../serverless/behind-secret.ts'
import { isOneOf } from '../serverless/behind-secret.ts'
import type { Variables } from './world.ts'
import { credentials, needed, patience } from './world.ts'

/** The parameter is read again after this long at the soonest, however often strangers call meanwhile. */
const retryMs = 5_000

export interface Secret {
  /** Rejects with a sentence where the parameter cannot be read, or has no secret in it. */
  readonly ready: () => Promise<void>
  readonly isSecret: IsSecret
}

/**
 * The secret of the webhooks' paths, out of the SecureString that WEBHOOK_SECRET_PARAMETER names, so that it is in no
 * configuration of a function, where many may read it. It is read when it is first asked for, and again when somebody
 * comes with another one: it may have been changed.
 */
export const createSecret = (
  variables: Variables,
  parameters: () => Pick<SSMClient, 'send'> = () =>
    new Client({ region: needed(variables, 'AWS_REGION'), credentials, ...patience }),
  now: () => number = () => Date.now(),
): Secret => {
  const read = async (): Promise<IsSecret> => {
    const name = needed(variables, 'WEBHOOK_SECRET_PARAMETER')
    try {
      const { Parameter } = await parameters().send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      return isOneOf(Parameter?.Value ?? '')
    } catch (cause) {
      throw new Error(
        `parameter ${name}, the secret of the webhooks, cannot be used: ${sentenceOf(cause)}; make it, and let the function's role read it`,
        { cause },
      )
    }
  }
  let known: { readonly secret: Promise<IsSecret>; readonly at: number; hasFailed: boolean } | undefined
  const ask = (): Promise<IsSecret> => {
    const asked = { secret: read(), at: now(), hasFailed: false }
    asked.secret.catch(() => (asked.hasFailed = true))
    known = asked
    return asked.secret
  }
  const isOld = (): boolean => known === undefined || now() - known.at >= retryMs
  const current = (): Promise<IsSecret> => (known && !(known.hasFailed && isOld()) ? known.secret : ask())
  return {
    ready: async () => void (await current()),
    isSecret: async (text) => {
      if (await (await current())(text)) return true
      return isOld() ? (await ask())(text) : false
    },
  }
}
