import { Hono } from 'hono'

/** Long enough that nobody finds it by trying: 32 bytes, in hexadecimal. */
export const secretPattern = /^[0-9a-f]{64}$/

/** Whether a text is the secret. */
export type IsSecret = (text: string) => Promise<boolean>

/** Of two texts that differ, how long it takes to compare these says nothing of the texts. */
const digestOf = async (text: string): Promise<string> => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return String.fromCharCode(...new Uint8Array(bytes))
}

/** `secrets` is one, or the new and the old one with a space between while it is being changed. Throws where one is weak. */
export const isOneOf = (secrets: string): IsSecret => {
  const each = secrets.trim().split(/\s+/)
  if (!each.every((secret) => secretPattern.test(secret)))
    throw new Error('the secret of the webhooks must be 64 hexadecimal digits, such as openssl rand -hex 32 makes')
  // Made with the first request: some runtimes do nothing before there is one.
  let wanted: Promise<readonly string[]> | undefined
  return async (text) => {
    wanted ??= Promise.all(each.map(digestOf))
    return (await wanted).includes(await digestOf(text))
  }
}

/**
 * What `handle` serves, at a public address. Only who knows the secret, the first part of each path, is heard; all others
 * get 404, and nothing of what they send is looked at.
 */
export const behindSecret = (isSecret: IsSecret, handle: (request: Request) => Response | Promise<Response>): Hono => {
  const app = new Hono()
  app.all('/:secret/*', async (c) => {
    const { secret } = c.req.param()
    if (!(await isSecret(secret))) return c.text('', 404)
    const url = new URL(c.req.url)
    url.pathname = url.pathname.slice(secret.length + 1)
    return handle(new Request(url, c.req.raw))
  })
  app.notFound((c) => c.text('', 404))
  // Whoever runs this says what is wrong with it; its own answer would say nothing, and to strangers.
  app.onError((error) => {
    throw error
  })
  return app
}
