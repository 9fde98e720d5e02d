import type { SSMClient } from '@aws-sdk/client-ssm'
import { GetParameterCommand, SSMClient as Client } from '@aws-sdk/client-ssm'
import { sentenceOf } from '../../shared/errors.ts'
import type { Variables } from './world.ts'
import { credentials, needed } from './world.ts'

/** A parameter that cannot be read is asked for again after this long, however often strangers call meanwhile. */
const retryMs = 5_000

/**
 * The secret of the webhooks' paths, out of the SecureString that WEBHOOK_SECRET_PARAMETER names: read once, so that it is
 * in no configuration of a function, where many may read it. Rejects with a sentence where it cannot be read.
 */
export const createSecret = (
  variables: Variables,
  parameters: () => Pick<SSMClient, 'send'> = () =>
    new Client({ region: needed(variables, 'AWS_REGION'), credentials, requestHandler: { requestTimeout: 2_000 } }),
  now: () => number = () => Date.now(),
): (() => Promise<string>) => {
  const read = async (): Promise<string> => {
    const name = needed(variables, 'WEBHOOK_SECRET_PARAMETER')
    try {
      const { Parameter } = await parameters().send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      return Parameter?.Value?.trim() ?? ''
    } catch (cause) {
      throw new Error(
        `parameter ${name}, the secret of the webhooks, cannot be read: ${sentenceOf(cause)}; make it, and let the function's role read it`,
        { cause },
      )
    }
  }
  let known: { readonly value: Promise<string>; failedAt?: number } | undefined
  return () => {
    if (known?.failedAt !== undefined && now() - known.failedAt >= retryMs) known = undefined
    if (known) return known.value
    const asked: { readonly value: Promise<string>; failedAt?: number } = { value: read() }
    asked.value.catch(() => (asked.failedAt = now()))
    known = asked
    return asked.value
  }
}
